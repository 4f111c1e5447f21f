import type { Clock } from '../kit/clock.ts';
import type { Keyring } from '../kit/keyring.ts';
import type { Logger } from '../kit/log.ts';
import type { EntryStore } from './entry-store.ts';
import { openHolding, sealHolding } from './holding.ts';
import { insist } from './insist.ts';
import { mergeRefreshed, sameRefreshToken } from './merge.ts';
import type { Refreshed } from './refreshed.ts';
import type { Spill } from './spill.ts';

export interface SaveDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly log: Logger;
  readonly spill: Spill;
}

export type Saved =
  | 'saved'
  /** A grant newer than the one refreshed has taken its place. */
  | 'superseded'
  /** The identity was unlinked meanwhile. */
  | 'gone'
  /** The database took nothing for a minute: sealed on disk, and saved at the next start. */
  | 'spilled';

/** Saves before anything else; what cannot be saved is kept, tried for a minute, then spilled. It is never dropped. */
export async function saveRefreshed(deps: SaveDeps, result: Refreshed): Promise<Saved> {
  const { log, spill } = deps;
  const { identityId } = result;
  const saved = await insist(
    () => saveOnce(deps, result),
    (error) => log.error({ err: error, identityId }, 'a refreshed token could not be saved yet'),
  );
  if (saved) return saved;
  await spill.keep(result);
  log.fatal({ identityId }, 'a refreshed token was spilled to disk: it is saved at the next start');
  return 'spilled';
}

/** Saves by version; when a sign-in was saved meanwhile, the rotated token still takes its place in it. */
export async function saveOnce({ store, keyring, clock }: SaveDeps, result: Refreshed): Promise<Saved> {
  const { identityId, traits, held, refreshed } = result;
  let base = { version: result.version, holding: held };
  for (;;) {
    const place = { identityId, version: base.version + 1, traits };
    const tokens = sealHolding(keyring, mergeRefreshed(base.holding, refreshed), place);
    const save = { tokens, now: clock.now(), by: 'refresh' } as const;
    if (await store.supersede(identityId, base.version, save)) return 'saved';
    const entry = await store.find(identityId);
    if (!entry || entry.state === 'revoked') return 'gone';
    const holding = openHolding(keyring, entry);
    // Our own save may have reached the database although its answer was lost.
    if (holding.tokens.accessToken.equals(refreshed.tokens.accessToken.reveal())) return 'saved';
    if (!sameRefreshToken(holding, held)) return 'superseded';
    base = { version: entry.version, holding };
  }
}
