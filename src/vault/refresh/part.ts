import type { Entry } from '../entry.ts';
import { openHolding, sealHolding } from '../holding.ts';
import { insist, untilTheEnd } from './insist.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/**
 * A refresh token of an earlier authorization is refused, which says nothing of the access token that a later one has
 * brought: that stays, and the provider is asked about it before it is handed out. False: there is no such token, or
 * the entry has moved on.
 */
export async function part(deps: RefreshDeps, target: RefreshTarget, entry: Entry): Promise<boolean> {
  const { store, keyring, clock, log } = deps;
  const { identityId } = target;
  const { version, accessExpiresAt, clientId } = entry;
  const held = openHolding(keyring, entry);
  const now = clock.now();
  if (!held.tokens.joined || (accessExpiresAt && accessExpiresAt <= now)) return false;
  const tokens = { ...held.tokens, refreshToken: undefined, joined: undefined };
  const left = { ...held, tokens, refreshExpiresAt: null, absoluteCapAt: null };
  const traits = target.connection.connector.refresh;
  const place = { identityId, version: version + 1, traits, clientId: clientId ?? undefined };
  const save = {
    tokens: sealHolding(keyring, left, place),
    now,
    by: 'parting',
    revives: false,
  } as const;
  const trouble = (error: unknown) =>
    log.error({ err: error, identityId }, 'a refusal could not be noted yet');
  const parted = await insist(() => store.supersede(entry, save), trouble, untilTheEnd(deps, identityId));
  return parted === true;
}
