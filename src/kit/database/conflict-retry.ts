import pg from 'pg';

/** Tries of one statement, the first included. */
const mostTries = 4;

/**
 * Retries single statements that PostgreSQL aborted for a concurrent one (serialization_failure, deadlock_detected). Such
 * a statement has changed nothing.
 */
export function retryConflicts(pool: pg.Pool): void {
  const query = pool.query.bind(pool) as (...args: unknown[]) => unknown;
  const again = async (first: Promise<unknown>, args: readonly unknown[]): Promise<unknown> => {
    for (let tries = 1; ; tries += 1) {
      try {
        return await (tries === 1 ? first : query(...args));
      } catch (error) {
        if (tries === mostTries || !isConflict(error)) throw error;
      }
    }
  };
  const retried = (...args: unknown[]) => {
    const result = query(...args);
    return result instanceof Promise ? again(result, args) : result;
  };
  Object.assign(pool, { query: retried });
}

function isConflict(error: unknown): boolean {
  return error instanceof pg.DatabaseError && (error.code === '40001' || error.code === '40P01');
}
