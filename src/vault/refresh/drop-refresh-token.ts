import type { Entry } from '../entry.ts';
import { withoutRefreshToken } from '../entry-tokens.ts';
import { openStoredSet, sealStoredSet } from '../stored-set.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';
import { retryUntilDone, whileProcessRuns } from './retry-until-done.ts';

/**
 * Drops a refused refresh token that is older than its access token. The refusal says nothing about an access token of a
 * later authorization, so that one stays and is verified before an app gets it. Returns false if there is no such
 * access token, or the entry has changed.
 */
export async function dropRefreshToken(
  deps: RefreshDeps,
  target: RefreshTarget,
  entry: Entry,
): Promise<boolean> {
  const { store, keyring, clock, log } = deps;
  const { identityId } = target;
  const { owner, version, accessExpiresAt, clientId } = entry;
  const held = openStoredSet(keyring, entry);
  const now = clock.now();
  if (!held.tokens.joined || (accessExpiresAt && accessExpiresAt <= now)) return false;
  const tokens = withoutRefreshToken(held.tokens);
  const rest = { ...held, tokens, refreshExpiresAt: null, absoluteCapAt: null };
  const traits = target.connection.connector.refresh;
  const place = { identityId, owner, version: version + 1, traits, clientId: clientId ?? undefined };
  const save = {
    tokens: sealStoredSet(keyring, rest, place),
    now,
    by: 'drop',
    revives: false,
  } as const;
  const logError = (error: unknown) =>
    log.error({ err: error, identityId }, 'a refusal could not be noted yet');
  const dropped = await retryUntilDone(
    () => store.supersede(entry, save),
    logError,
    whileProcessRuns(deps, identityId),
  );
  return dropped === true;
}
