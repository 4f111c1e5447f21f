import { minutes, seconds } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import { grantHolders } from './grant-holders.ts';
import type { ConnectionRemoval, OffboardingDeps, RemovalDeps, Removals } from './ports.ts';

/** The timeouts of the transaction: thousands of identities may refer to a connection. */
const timeouts = { timeout: minutes(2), maxWait: seconds(5) };

/** Returns the transaction: the connection is deleted with its identities, whose grants are queued for revocation. */
export function createRemoveConnectionRows(deps: RemovalDeps): Removals['removeConnection'] {
  const { database, connections, identityRemovals, upstreamRevocations, events } = deps;
  return async (alias) => {
    // This reads the database, since the cache may lack a change of the last seconds.
    const connection = await connections.findNow(alias);
    if (!connection) throw new Problem('not_found');
    const work = () =>
      database.prisma.$transaction(async (transaction) => {
        const removed = { identities: 0, grants: 0 };
        // A concurrent request that links an identity waits for this lock, and then finds the connection deleted.
        await connections.lock(transaction, connection.id);
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
        }
        await connections.remove(transaction, connection.id);
        return removed;
      }, timeouts);
    const removal = await withoutRequestTimeout(work);
    connections.invalidate(connection.id);
    await events.record({ type: 'connection.removed', connection: alias, detail: { ...removal } });
    return removal;
  };
}

/** Returns the use case. The attempts at the provider run in the background: there may be thousands. */
export function createRemoveConnection(deps: OffboardingDeps): (alias: string) => Promise<ConnectionRemoval> {
  const { removals, upstreamRevocations } = deps;
  return async (alias) => {
    const removal = await removals.removeConnection(alias);
    upstreamRevocations.runSoon();
    return removal;
  };
}
