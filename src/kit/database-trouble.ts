import { seconds } from './clock.ts';

/** Time after which it is worth asking again. */
export const databasePause = seconds(2);

/**
 * The database cannot answer now, and will by itself: connection-class errors of pg (SQLSTATE 08, 53, 57P, a server
 * that only reads), of its pool, of the socket, of Prisma (P1xxx; P20xx, no connection or transaction to be had), and
 * conflicts that trying again has not ended.
 */
export function isDatabaseTrouble(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? error.code : undefined;
  const known =
    typeof code === 'string' &&
    /^(08|53|57P|25006|40001|40P01|P1\d{3}$|P20(24|28|34|37)$|ECONN|EPIPE)/.test(code);
  return known || inWords.test(error.message);
}

const inWords =
  /timeout exceeded when trying to connect|Connection terminated|not queryable|Can't reach database|Code: `(08|53|57P|25006|40)/i;
