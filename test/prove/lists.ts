import { appendFile, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { charts } from './lists/charts.ts';
import { explain, largeTables } from './lists/explain.ts';
import { listsOfAccounts } from './lists/lists-of-accounts.ts';
import { listsOfEvents } from './lists/lists-of-events.ts';
import { listsOfPeople } from './lists/lists-of-people.ts';
import { listsOfWork } from './lists/lists-of-work.ts';
import { type Figures, type Line, measure, record } from './lists/measure.ts';
import { seedPeople, type Timed } from './lists/seed-people.ts';
import { seedWork } from './lists/seed-work.ts';

// npm run prove:lists [-- --identities=100000 --events=1000000 --weeks=13 --only=pattern --plans=file --table=file --hasty].
// Each list and chart of the console and the admin API is read warm, its first page and its thousandth. The figures are those
// of the statements: the sum of a page, or the slowest one where a search by bounded statements could not fill its page. The
// run fails if the 95th percentile of any is above 100 ms.

const { values: given } = parseArgs({
  options: {
    identities: { type: 'string', default: '100000' },
    events: { type: 'string', default: '1000000' },
    weeks: { type: 'string', default: '13' },
    only: { type: 'string', default: '' },
    table: { type: 'string' },
    hasty: { type: 'boolean', default: false },
    plans: { type: 'string', default: path.join(os.tmpdir(), 'symbolon-plans.txt') },
  },
});
const size = {
  identities: Number(given.identities),
  events: Number(given.events),
  weeks: Number(given.weeks),
};
const most = 100;
const patience = given.hasty
  ? { rounds: 8, longest: 2_000, longestWalk: 5_000 }
  : { rounds: 20, longest: 8_000, longestWalk: 30_000 };

const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-lists-'));
await chmod(folder, 0o755);
const postgres = await startEmbeddedPostgres(path.join(folder, 'postgres'));
await applyMigrations(postgres.url, { embedded: true });
const longest = Number.POSITIVE_INFINITY;
const database = createDatabase({ url: postgres.url, poolSize: 2, embedded: true, longest });
const { pool } = database;
// A busy machine takes longer than a broker may wait.
Object.assign(pool.options, { connectionTimeoutMillis: 60_000 });
const taken = record(pool);

const isSlow = ({ first, deep }: Line) => Math.max(first.judged, deep?.judged ?? 0) > most;

try {
  let begun = performance.now();
  const timed: Timed = async (step, text, values = []) => {
    await pool.query(text, [...values]);
    console.info(`seeded ${step}: ${((performance.now() - begun) / 1000).toFixed(1)} s`);
    begun = performance.now();
  };
  await seedPeople(pool, size.identities, timed);
  await seedWork(pool, size, timed);
  const { rows } = await pool.query('SELECT pg_size_pretty(pg_database_size(current_database())) AS size');
  console.info(`${JSON.stringify(size)}, ${rows[0]?.size}`);
  const all = [
    ...listsOfAccounts(database),
    ...listsOfPeople(database),
    ...(await listsOfEvents(database)),
    ...charts(database),
    ...listsOfWork(database),
  ];
  const floor = {
    name: 'floor: SELECT 1',
    page: async () => ({ rows: (await pool.query('SELECT 1')).rows.length }),
  };
  const large = await largeTables(pool);
  await writeFile(given.plans, '');
  const lines: Line[] = [];
  for (const list of [floor, ...all.filter(({ name }) => new RegExp(given.only).test(name)), floor]) {
    const line = await measure(list, taken, patience);
    const { text, wholeTables, pages, server } = await explain(pool, line, large);
    taken();
    lines.push(line);
    await appendFile(given.plans, `${text}\n`);
    if (given.table !== undefined) await appendFile(given.table, tableRow(line, pages, server));
    const whole = wholeTables.length > 0 ? ` reads whole: ${wholeTables.join(', ')}` : '';
    console.info(`${described(line)}${String(pages).padStart(8)}${String(server).padStart(9)}${whole}`);
  }
  const slow = lines.filter(isSlow);
  console.info(`${lines.length} lists and charts; above ${most} ms: ${slow.length}; plans: ${given.plans}`);
  for (const line of slow) console.info(described(line));
  if (slow.length > 0) process.exitCode = 1;
} finally {
  await database.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
process.exit();

/** A row of the table in docs/scale.md. */
function tableRow({ name, first, deep, depth }: Line, pages: number, server: number): string {
  const cells = [
    name,
    first.p95,
    first.judged,
    deep?.p95 ?? '',
    deep?.judged ?? '',
    deep ? depth : '',
    pages,
    server,
  ];
  return `| ${cells.join(' | ')} |\n`;
}

/** The name, then rows, statements, p50 and p95 of both pages; in brackets the slowest statement, with a plus where the
 * search has stopped before the end. The last two are the pages read, and the milliseconds by the server's own clock. */
function described({ name, first, deep, depth }: Line): string {
  const figures = ({ rows, statements, p50, p95, slowest, stopped }: Figures) =>
    `${String(rows).padStart(6)}${String(statements).padStart(4)}${p50.toFixed(1).padStart(9)}${p95.toFixed(1).padStart(9)}` +
    (statements > 1 ? ` (${slowest.toFixed(1)})${stopped ? '+' : ''}` : '').padEnd(11);
  return `${name.padEnd(58)}${figures(first)} |${deep ? `${String(depth).padStart(7)}${figures(deep)}` : ''.padEnd(46)}`;
}
