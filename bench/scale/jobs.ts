import { createBroker } from '../../src/assembly/broker.ts';
import { openRowTags } from '../../src/assembly/row-tags.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { record } from '../../test/prove/lists/measure.ts';
import { readsOf } from '../../test/support/plan-reads.ts';
import type { Postgres } from '../servers.ts';

/** A job that calls providers: there are none here. */
const calls = new Set([
  'vault-ahead',
  'vault-recover',
  'vault-departures',
  'backchannel-logout',
  'bulk-jobs',
]);
const longest = 60_000;

/**
 * Runs each job of the schedule once in this process, and its statements once more with their plans. Returns a line for each
 * job, and one for each statement that reads many rows for few.
 */
export async function measureJobs(
  { databaseUrl, directory }: Postgres,
  { issuer, key }: Settings,
): Promise<readonly string[]> {
  const { broker, database, taken, close } = await openBroker({ databaseUrl, directory }, { issuer, key });
  const jobs = [
    ...broker.jobs.filter(({ name }) => !calls.has(name)),
    { name: 'metrics', run: () => broker.metrics.text() },
  ];
  const lines: string[] = [];
  for (const { name, run } of jobs) {
    taken();
    const begun = performance.now();
    const end = await Promise.race([
      Promise.resolve(run()).then(
        () => '',
        (error: unknown) => ` failed: ${String(error).slice(0, 80)}`,
      ),
      new Promise<string>((resolve) => setTimeout(resolve, longest, ' (not over)').unref()),
    ]);
    const took = performance.now() - begun;
    const sent = taken();
    const slowest = Math.max(0, ...sent.map((one) => one.took));
    lines.push(
      `${name.padEnd(24)}${took.toFixed(0).padStart(8)} ms${String(sent.length).padStart(6)} statements, the slowest ${slowest.toFixed(0)} ms${end}`,
    );
    const texts = new Map(sent.map((statement) => [statement.text, statement]));
    for (const statement of texts.values()) {
      const reads = await readsOf(database.pool, statement).catch(() => undefined);
      const many = reads?.tables.filter(({ rows }) => rows > 1000 + 10 * (reads?.rows ?? 0)) ?? [];
      for (const { table, scan, rows } of many)
        lines.push(
          `    ${scan} of ${table}: ${rows} rows for ${Math.round(reads?.rows ?? 0)}, ${reads?.took.toFixed(0)} ms: ${statement.text.replace(/\s+/g, ' ').trim().slice(0, 120)}`,
        );
    }
  }
  await close();
  return lines;
}

/** Seals the events so far. Those of the seed come before them. */
export async function sealEvents(postgres: Pick<Postgres, 'databaseUrl' | 'directory'>, settings: Settings) {
  const { broker, close } = await openBroker(postgres, settings);
  await broker.jobs.find(({ name }) => name === 'audit-seal')?.run();
  await close();
}

interface Settings {
  readonly issuer: string;
  readonly key: Buffer;
}

async function openBroker(
  { databaseUrl, directory }: Pick<Postgres, 'databaseUrl' | 'directory'>,
  { issuer, key }: Settings,
) {
  const database = createDatabase({ url: databaseUrl, poolSize: 5 });
  const taken = record(database.pool);
  const keyring = createKeyring([{ id: 'bench', key }]);
  const broker = await createBroker({
    issuer,
    trustedProxyHops: 0,
    allowLoopbackHosts: false,
    allowedPrivateHosts: [],
    adminApiToken: undefined,
    spillDirectory: directory,
    database,
    keyring,
    rowTags: await openRowTags({ database, keyring }),
    clock: systemClock,
    log: createLog('silent'),
  });
  const close = async () => {
    await broker.close();
    await database.close();
  };
  return { broker, database, taken, close };
}
