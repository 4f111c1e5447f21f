import type pg from 'pg';
import { currentRequest } from '../../src/kit/request-context.ts';
import type { TestDatabase } from './database.ts';

/** Returns the statements that requests send while the work runs, without those of background jobs. */
export function statementsOf({ pool }: TestDatabase): (work: () => Promise<unknown>) => Promise<string[]> {
  const watched = new WeakSet<object>();
  let sent: string[] | undefined;
  pool.on('acquire', (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    const query = client.query.bind(client) as (...args: unknown[]) => unknown;
    const noted = (config: string | pg.QueryConfig, ...rest: unknown[]) => {
      if (currentRequest()?.requestId !== undefined)
        sent?.push(typeof config === 'string' ? config : config.text);
      return query(config, ...rest);
    };
    Object.assign(client, { query: noted });
  });
  return async (work) => {
    sent = [];
    await work();
    const statements = sent;
    sent = undefined;
    return statements;
  };
}
