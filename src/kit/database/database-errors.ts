import { seconds } from '../clock.ts';

/** Time after which it is worth asking again. */
export const databaseRetryAfter = seconds(2);

/** The server, or the way to it, has said nothing in time. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';

  /** Milliseconds; unset: for longer than it is worth to wait. */
  constructor(patience?: number) {
    super(
      `PostgreSQL has not answered ${patience === undefined ? 'in time' : `within ${Math.round(patience)} ms`}`,
    );
  }
}

/** There was no answer in time, or the server gave up waiting for a lock or for the statement's own end. */
export function isUnanswered(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  return code === '55P03' || code === '57014' || unanswered.test(error.message);
}

const unanswered =
  /PostgreSQL has not answered|timeout exceeded when trying to connect|due to connection timeout|Code: `(55P03|57014)/;

/**
 * The database cannot answer now, and will by itself: connection-class errors of pg (SQLSTATE 08, 53, 57P, a server
 * that only reads), of its pool, of the socket and of its name, of Prisma (P1xxx; P20xx, no connection or transaction to be had), and
 * conflicts that trying again has not ended, locks that are not given back, and an answer that does not come.
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

// Of a connection that was reset or timed out, Prisma 7.10 knows no code where raw SQL was asked, only these words.
const inWords =
  /Connection terminated|not queryable|Can't reach database|Server has closed the connection|Operation has timed out|Code: `(08|53|57P|25006|40)/i;
