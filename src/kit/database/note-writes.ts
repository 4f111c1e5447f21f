import type pg from 'pg';
import type { HeardChanges } from './heard-changes.ts';

/**
 * Tells as soon as the connection has committed a change of rows that are cached until their notification, before the
 * statement's own caller goes on. A COMMIT that failed may have been carried out.
 */
export function noteWrites(
  client: pg.Client,
  { changes, written }: Pick<HeardChanges, 'changes' | 'written'>,
): void {
  let inTransaction = false;
  let hasWritten = false;
  const query = client.query.bind(client) as (...args: unknown[]) => unknown;
  const noted = (config: unknown, ...rest: unknown[]) => {
    const text = textOf(config);
    if (/^\s*(?:BEGIN|START)\b/i.test(text)) inTransaction = true;
    else if (/^\s*(?:COMMIT|END|ROLLBACK(?!\s+TO)|ABORT)\b/i.test(text)) inTransaction = false;
    else if (changes(text)) hasWritten = true;
    if (!hasWritten || inTransaction) return query(config, ...rest);
    hasWritten = false;
    const callback = rest.at(-1);
    if (typeof callback === 'function')
      return query(config, ...rest.slice(0, -1), (...results: unknown[]) => {
        written();
        callback(...results);
      });
    const answer = query(config, ...rest);
    return answer instanceof Promise ? answer.finally(written) : answer;
  };
  Object.assign(client, { query: noted });
}

function textOf(config: unknown): string {
  if (typeof config === 'string') return config;
  const { text } = (config ?? {}) as { readonly text?: unknown };
  return typeof text === 'string' ? text : '';
}
