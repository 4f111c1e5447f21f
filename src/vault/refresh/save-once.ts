import type { ForeignClaim } from '../../connectors/engine/refreshed-id-token.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Event } from '../../kit/events/events.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import type { Entry, Superseded } from '../entry.ts';
import type { EntryStore } from '../entry-store.ts';
import { openStoredSet, type StoredSet, sealStoredSet } from '../stored-set.ts';
import { mergeRefreshed, sameRefreshToken } from './merge.ts';
import type { RefreshAnswer } from './refresh-answer.ts';
import { type IdentityAtConnection, subjectOf } from './refresh-deps.ts';

export interface SaveOnceDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
}

export type Saved =
  | 'saved'
  /** A grant newer than the one refreshed has taken its place. */
  | 'superseded'
  /** The identity was unlinked meanwhile. */
  | 'gone'
  /** This process ends, and the database takes nothing: sealed on disk, and saved at the next start. */
  | 'spilled';

/** RecentSaves by version; when a sign-in was saved meanwhile, the rotated token still takes its place in it. */
export async function saveOnce(
  { store, keyring, clock }: SaveOnceDeps,
  result: RefreshAnswer,
): Promise<Saved> {
  const { identityId, traits, held, refreshed, clientId, foreign } = result;
  // Where reuse kills the family, the process that found the grant dead meanwhile has killed what is brought here too.
  const revives = traits.rotation !== 'reuse-kills-family';
  const { absoluteCapAt } = held;
  let base: Base = { before: { identityId, version: result.version, state: 'active', absoluteCapAt }, held };
  for (;;) {
    // After lost commits the stored version may be lower than the refreshed one, whose journal this save closes too.
    const version = Math.max(base.before.version, result.version) + 1;
    const place = { identityId, version, traits, clientId };
    const tokens = sealStoredSet(keyring, mergeRefreshed(base.held, refreshed, clock.now()), place);
    const dead = foreign && foreignDeath(foreign);
    const save = { tokens, now: clock.now(), by: 'refresh', revives, dead } as const;
    if (await store.supersede(base.before, save)) return 'saved';
    const entry = await store.find(identityId);
    if (!entry || entry.state === 'revoked') return 'gone';
    const holding = openStoredSet(keyring, entry);
    // Our own save may have reached the database although its answer was lost.
    if (holding.tokens.accessToken.equals(refreshed.tokens.accessToken.reveal())) return 'saved';
    if (entry.state !== 'active' && !revives) return 'superseded';
    if (isOlder(entry, result)) {
      base = { before: entry, held };
      continue;
    }
    if (!sameRefreshToken(holding, held)) return 'superseded';
    base = { before: entry, held: holding };
  }
}

/** The entry that a save replaces, and the token set that the answer is merged over. */
interface Base {
  readonly before: Superseded;
  readonly held: StoredSet;
}

/** Why a set counts as dead whose ID token is another's: there is no telling any longer whose grant it is. */
function foreignDeath(claim: ForeignClaim) {
  return { reason: 'rejected', error: `id_token:another_${claim}` } as const;
}

/** For the audit of such a one. */
export function foreignEvent(target: IdentityAtConnection, claim: ForeignClaim): Event {
  const { reason } = foreignDeath(claim);
  const detail = { reason, id_token: `another_${claim}` };
  return { type: 'token.reauthorization_required', ...subjectOf(target), detail };
}

/** A standby or a backup that was behind has taken over: what is kept now was superseded before the refresh. */
function isOlder(entry: Entry, { version, depositedAt }: RefreshAnswer): boolean {
  return entry.version < version && depositedAt !== null && entry.depositedAt <= depositedAt;
}
