import { enqueueEnding } from '../issuance/sessions/connection-ending-store.ts';
import { minutes, seconds } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import { type Edit, remarksIn } from '../kit/versions.ts';
import type { Connection } from '../login/connections.ts';
import type { ConnectionEndings } from './connection-endings.ts';
import { grantHolders } from './grant-holders.ts';
import type { ConnectionRemoval, OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/** The timeouts of the transaction: thousands of identities may refer to a connection. */
const timeouts = { timeout: minutes(2), maxWait: seconds(5) };

type ConnectionRemovals = Pick<Removals, 'removeConnection' | 'previewRemoval' | 'queueEndOfSessions'>;

/**
 * Returns the transactions. Of a removal: the connection is deleted with its identities, whose grants are queued for
 * revocation, and the end of sessions, consents and grants of ours is queued.
 */
export function createConnectionRemovals(deps: RemovalDeps): ConnectionRemovals {
  const { database, connections, identityRemovals, upstreamRevocations, events } = deps;

  /** Reads the database, since the cache may lack a change of the last seconds. */
  async function existing(alias: string): Promise<Connection> {
    const connection = await connections.findNow(alias);
    if (!connection) throw new Problem('not_found');
    return connection;
  }

  async function removeConnection(alias: string, edit: Edit = {}): Promise<ConnectionRemoval> {
    const connection = await existing(alias);
    const work = () =>
      database.prisma.$transaction(async (transaction) => {
        const removed = { identities: 0, grants: 0, people: 0 };
        // A concurrent request that links an identity waits for this lock, and then finds the connection deleted.
        await connections.lock(transaction, connection.id, edit);
        // The queue needs the client secret to reach the provider.
        await upstreamRevocations.keepConnection(transaction, connection);
        for (;;) {
          const batch = await identityRemovals.lockBatchOf(transaction, connection.id);
          if (batch.length === 0) break;
          removed.grants += await upstreamRevocations.enqueue(transaction, grantHolders(batch, [connection]));
          removed.identities += batch.length;
          await identityRemovals.remove(
            transaction,
            batch.map(({ id }) => id),
          );
          // A person with further accounts in the batches to come is counted with the last one.
          const userIds = batch.map(({ userId }) => userId);
          removed.people += await identityRemovals.countWithoutIdentity(transaction, userIds);
        }
        await connections.remove(transaction, connection.id);
        await enqueueEnding(transaction, { connectionId: connection.id, alias, sessionsOnly: false });
        return removed;
      }, timeouts);
    const removal = await withoutRequestTimeout(work);
    connections.invalidate(connection.id);
    const detail = { ...removal, ...remarksIn(edit) };
    await events.record({ type: 'connection.removed', connection: alias, detail });
    return removal;
  }

  return {
    removeConnection,
    async previewRemoval(alias) {
      const { id } = await existing(alias);
      const count = () =>
        database.prisma.$transaction(async (transaction) => {
          const { identities, onlyThere: people } = await identityRemovals.countOf(transaction, id);
          return { identities, grants: await upstreamRevocations.countHeld(transaction, id), people };
        }, timeouts);
      return await withoutRequestTimeout(count);
    },
    async queueEndOfSessions(alias) {
      const { id: connectionId } = await existing(alias);
      await enqueueEnding(database.prisma, { connectionId, alias, sessionsOnly: true });
    },
  };
}

/**
 * Returns the use case. The attempts at the provider run in the background: there may be thousands. It waits up to 2.5 s
 * for the end of the sessions.
 */
export function createRemoveConnection(
  { removals, upstreamRevocations }: OffboardingDeps,
  endings: ConnectionEndings,
): Removals['removeConnection'] {
  return async (alias, edit) => {
    const removal = await removals.removeConnection(alias, edit);
    upstreamRevocations.runSoon();
    await endings.attemptNow();
    return removal;
  };
}
