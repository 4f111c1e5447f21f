import { seconds } from '../clock.ts';

/** The wait before a retry, in milliseconds. */
export const databaseRetryAfter = seconds(2);

/** The server or the network did not answer in time. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';

  /** `timeout`: milliseconds, if known. */
  constructor(timeout?: number) {
    super(
      `PostgreSQL has not answered ${timeout === undefined ? 'in time' : `within ${Math.round(timeout)} ms`}`,
    );
  }
}

/** No server of a connection string accepts writes. */
export class NoPrimaryError extends Error {
  override readonly name = 'NoPrimaryError';

  constructor(tried: readonly { readonly host: string; readonly why: string }[]) {
    super(`no server accepts writes (${tried.map(({ host, why }) => `${host}: ${why}`).join('; ')})`);
  }
}

/** Returns whether no answer came in time, or the server ended a wait for a lock or a long statement. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof NoPrimaryError) return true;
  const code = 'code' in error ? error.code : undefined;
  return code === '55P03' || code === '57014' || unanswered.test(error.message);
}

const unanswered =
  /PostgreSQL has not answered|timeout exceeded when trying to connect|due to connection timeout|Code: `(55P03|57014)/;

/**
 * Returns whether an error is temporary: connection errors of pg (SQLSTATE 08, 53, 57P, a read-only server), of its
 * pool, of the socket and of DNS, of Prisma (P1xxx; P20xx for no connection or transaction), conflicts after all retries,
 * lock timeouts, no primary among several servers, and a missing answer.
 */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  const known =
    typeof code === 'string' &&
    /^(08|53|57P|25006|40001|40P01|P1\d{3}$|P20(24|28|34|37)$|ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN)/.test(
      code,
    );
  return known || isUnanswered(error) || inWords.test(error.message);
}

// For raw SQL on a connection that was reset or timed out, Prisma 7.10 gives no code, only these messages.
const inWords =
  /Connection terminated|not queryable|Can't reach database|Server has closed the connection|Operation has timed out|Code: `(08|53|57P|25006|40)/i;
