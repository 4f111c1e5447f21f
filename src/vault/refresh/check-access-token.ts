import { UpstreamError } from '../../connectors/contract/failures.ts';
import type { Entry } from '../entry.ts';
import { openStoredSet } from '../stored-set.ts';
import { noteFailure } from './note-failure.ts';
import type { RefreshDeps, RefreshTarget } from './refresh-deps.ts';

/**
 * Uses the access token once at the provider. Notes the entry as verified or as failed.
 * @throws OriginChangedError before the call
 */
export async function checkAccessToken(
  deps: RefreshDeps,
  target: RefreshTarget,
  entry: Entry,
): Promise<void> {
  try {
    await target.connection.upstream.probeToken(openStoredSet(deps.keyring, entry).tokens);
    if (entry.unverified) await deps.store.markVerified(entry.identityId, entry.version);
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    await noteFailure(deps, target, { entry, unfinished: false, error });
  }
}
