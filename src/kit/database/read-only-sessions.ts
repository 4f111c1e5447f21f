import type pg from 'pg';

const readOnlyTransaction = '25006';

/**
 * After a failover, sessions that have survived may lead to the server that only reads now, while new ones reach the one
 * that writes. When one session is refused a write (SQLSTATE 25006), it and all that are as old leave the pool after
 * their next use. Returns how to say the same of all present sessions.
 */
export function retireReadOnlySessions(pool: pg.Pool): () => void {
  const born = new WeakMap<pg.PoolClient, number>();
  let generation = 0;
  pool.on('connect', (client) => {
    born.set(client, generation);
    // Not by errors of statements: Prisma wraps them, and transactions give back their session as if it were sound.
    const { connection } = client as pg.PoolClient & { readonly connection: NodeJS.EventEmitter };
    connection.on('errorMessage', ({ code }: { code?: string }) => {
      if (code === readOnlyTransaction && born.get(client) === generation) generation += 1;
    });
  });
  pool.on('release', (_error, client) => {
    // The pool drops a session that is about to end.
    if ((born.get(client) ?? generation) < generation)
      (client as pg.PoolClient & pg.Client).end().catch(() => undefined);
  });
  return () => {
    generation += 1;
  };
}
