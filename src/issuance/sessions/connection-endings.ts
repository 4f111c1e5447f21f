import type { ArtifactStore } from '../artifacts/artifact-store.ts';
import type { KnownConnections } from '../consent/connection-binding.ts';
import type { ConsentKey, RemovedConnectionStore } from '../consent/removed-connection-store.ts';
import type { ClaimedEnding, ConnectionEndingStore } from './connection-ending-store.ts';
import type { Revoker } from './revoker.ts';
import type { SessionOriginStore } from './session-origin-store.ts';

/** Called with the users whose sessions were ended, some hundred at a time. */
export type OnSessionsEnded = (userIds: readonly string[]) => Promise<void>;

/**
 * Ends the sessions that began at a connection, and for a removed one the consents and grants that name it. There may be a
 * million, so it works in batches. A process that crashes leaves the queue's row, and another one starts it again.
 */
export type RunConnectionEndings = (
  onSessionsEnded: OnSessionsEnded,
  /** Stops the work after the present batch. */
  signal?: AbortSignal,
) => Promise<void>;

export interface ConnectionEndingsDeps {
  readonly endings: ConnectionEndingStore;
  readonly removedConnections: RemovedConnectionStore;
  readonly origins: Pick<SessionOriginStore, 'someOf' | 'drop'>;
  readonly artifacts: Pick<ArtifactStore, 'grantsOfSession'>;
  readonly revoker: Pick<Revoker, 'endSession' | 'revokeGrant'>;
  readonly knownConnections: KnownConnections;
}

const sessionsAtOnce = 200;

export function createConnectionEndings(deps: ConnectionEndingsDeps): RunConnectionEndings {
  const { endings, removedConnections, origins, artifacts, revoker, knownConnections } = deps;

  async function endSessions(
    ending: ClaimedEnding,
    onSessionsEnded: OnSessionsEnded,
    signal?: AbortSignal,
  ): Promise<void> {
    while (!signal?.aborted) {
      const some = await origins.someOf(ending.connectionId, sessionsAtOnce);
      if (some.length === 0) return;
      for (const { sessionUid } of some) {
        // A removed connection vouches for no sign-in any more, so grants that outlive the session end too.
        const grants = ending.sessionsOnly ? [] : await artifacts.grantsOfSession(sessionUid);
        for (const { grantId } of grants) await revoker.revokeGrant(grantId);
        await revoker.endSession(sessionUid);
      }
      await onSessionsEnded([...new Set(some.map(({ userId }) => userId))]);
      await origins.drop(some.map(({ sessionUid }) => sessionUid));
      await endings.renew(ending);
    }
  }

  async function endGranted(ending: ClaimedEnding, signal?: AbortSignal): Promise<void> {
    const successorId = (await knownConnections()).find(
      ({ id, alias }) => alias === ending.alias && id !== ending.connectionId,
    )?.id;
    const removed = { ...ending, successorId };
    let consent: ConsentKey | undefined;
    do {
      consent = await removedConnections.stripConsents(removed, consent);
      await endings.renew(ending);
    } while (consent && !signal?.aborted);
    let grant: string | undefined = '';
    while (grant !== undefined && !signal?.aborted) {
      grant = await removedConnections.dropGrants(removed, grant);
      await endings.renew(ending);
    }
  }

  return async (onSessionsEnded, signal) => {
    for (let ending = await endings.claim(); ending; ending = await endings.claim()) {
      await endSessions(ending, onSessionsEnded, signal);
      if (!ending.sessionsOnly) await endGranted(ending, signal);
      // The row stays, and another process starts again when the lease has ended.
      if (signal?.aborted) return;
      await endings.finish(ending);
    }
  };
}
