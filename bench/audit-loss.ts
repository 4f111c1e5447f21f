import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { drive, type LoadOptions } from './load.ts';

/** Measures the retrievals that are missing from the audit log after the broker was killed. */
const promised = 100;

export interface Killed {
  readonly databaseUrl: string;
  readonly ask: Pick<LoadOptions, 'host' | 'path' | 'people'>;
  /** The number of retrievals that the broker has answered so far. */
  readonly answered: number;
}

/**
 * Kills the broker under load, and counts the answered retrievals that are not in the audit log. Returns
 * false if more are missing than were answered in the last 100 ms, or if an older one is missing.
 */
export async function auditLoss(
  { pid, port }: { readonly pid: number; readonly port: number },
  { databaseUrl, ask, answered }: Killed,
): Promise<boolean> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const written = async () => {
    const text = "SELECT count(*)::int AS events FROM audit_event WHERE type = 'token.retrieved'";
    return (await client.query<{ events: number }>(text)).rows[0]?.events ?? 0;
  };
  const before = await written();
  const driving = drive({ ...ask, port, connections: 32, milliseconds: 10_000, serverIsKilled: true });
  await pause(1_500 + Math.random() * 500);
  const killedAt = performance.now();
  process.kill(pid, 'SIGKILL');
  const { answeredAt } = await driving;
  await pause(200);
  const missing = answeredAt.length - ((await written()) - before);
  await client.end();
  const atRisk = answeredAt.filter((at) => at > killedAt - promised).length;
  process.stdout.write(`
audit: ${answered} retrievals answered above, ${before} written; then SIGKILL after ${answeredAt.length} more,
of which ${Math.max(0, missing)} were not written and ${atRisk} were answered in the last ${promised} ms
`);
  return before === answered && missing <= atRisk;
}
