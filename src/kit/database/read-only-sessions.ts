import type pg from 'pg';

const readOnlyTransaction = '25006';

/**
 * Removes sessions of the former primary from the pool. After a failover, old sessions may still reach that server, which
 * is read-only now, while new ones reach the new primary. When a session is refused a write (SQLSTATE 25006), it and all
 * older ones leave the pool after their next use. Returns a function that does the same to all present sessions.
 * `onReadOnly` is called each time.
 */
export function retireReadOnlySessions(pool: pg.Pool, onReadOnly: () => void): () => void {
  const born = new WeakMap<pg.PoolClient, number>();
  let generation = 0;
  const retire = () => {
    generation += 1;
    onReadOnly();
  };
  pool.on('connect', (client) => {
    born.set(client, generation);
    // Not by errors of statements: Prisma wraps them, and a transaction releases its session without its error.
    const { connection } = client as pg.PoolClient & { readonly connection: NodeJS.EventEmitter };
    connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (code === readOnlyTransaction && born.get(client) === generation) retire();
    });
  });
  pool.on('release', (_error, client) => {
    // The pool removes a session that is ending.
    if ((born.get(client) ?? generation) < generation)
      (client as pg.PoolClient & pg.Client).end().catch(() => undefined);
  });
  return retire;
}
