import type { Entry } from '../entry.ts';
import { openStoredSet, sealStoredSet } from '../stored-set.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';

/**
 * A refresh token of an earlier authorization is refused, which says nothing of the access token that a later one has
 * brought: that stays, and the provider is asked about it before it is handed out. False: there is no such token, or
 * the entry has moved on.
 */
export async function dropRefreshToken(
  deps: RefreshDeps,
  target: RefreshTarget,
  entry: Entry,
): Promise<boolean> {
  const { store, keyring, clock, log } = deps;
  const { identityId } = target;
  const { version, accessExpiresAt, clientId } = entry;
  const held = openStoredSet(keyring, entry);
  const now = clock.now();
  if (!held.tokens.joined || (accessExpiresAt && accessExpiresAt <= now)) return false;
  const tokens = { ...held.tokens, refreshToken: undefined, joined: undefined };
  const left = { ...held, tokens, refreshExpiresAt: null, absoluteCapAt: null };
  const traits = target.connection.connector.refresh;
  const place = { identityId, version: version + 1, traits, clientId: clientId ?? undefined };
  const save = {
    tokens: sealStoredSet(keyring, left, place),
    now,
    by: 'drop',
    revives: false,
  } as const;
  const trouble = (error: unknown) =>
    log.error({ err: error, identityId }, 'a refusal could not be noted yet');
  const parted = await retryUntilDone(
    () => store.supersede(entry, save),
    trouble,
    whileProcessRuns(deps, identityId),
  );
  return parted === true;
}
