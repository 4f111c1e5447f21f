import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { createDatabaseClock } from '../../src/kit/database/database-clock.ts';
import { SessionClient } from '../../src/kit/database/database-session.ts';
import { openListening } from '../../src/kit/database/listen-connection.ts';
import { atEnd } from '../support/at-end.ts';
import { freshDatabase, freshDatabaseUrl } from '../support/database.ts';
import { startLine } from '../support/database-line.ts';

// The broker sets its session's settings itself: those of the database, its role or the shell would apply
// otherwise.
const odd: Readonly<Record<string, string>> = {
  TimeZone: 'America/New_York',
  DateStyle: 'German',
  IntervalStyle: 'sql_standard',
  standard_conforming_strings: 'off',
  bytea_output: 'escape',
  extra_float_digits: '-4',
  default_transaction_isolation: 'serializable',
};

async function oddDatabase(changes = odd): Promise<Database> {
  const url = await freshDatabaseUrl();
  const first = createDatabase({ url, poolSize: 1 });
  const name = new URL(url).pathname.slice(1);
  for (const [setting, value] of Object.entries(changes))
    await first.pool.query(`ALTER DATABASE ${name} SET ${setting} = '${value}'`);
  await first.close();
  const database = createDatabase({ url, poolSize: 4 });
  atEnd(() => database.close());
  return database;
}

const shown = `SELECT name, setting FROM pg_settings WHERE name = ANY($1) ORDER BY 1`;

describe('every session of the broker has the same settings', () => {
  it('in the pool and on a separate connection, whatever the database has set', async () => {
    const plain = await freshDatabase();
    const database = await oddDatabase();
    const listener = new SessionClient(database.session);
    await listener.connect();
    atEnd(() => listener.end());
    const names = [Object.keys(odd)];
    const usual = (await plain.pool.query(shown, names)).rows;
    expect(usual).toHaveLength(names[0]?.length ?? 0);
    expect((await database.pool.query(shown, names)).rows).toEqual(usual);
    expect((await listener.query(shown, names)).rows).toEqual(usual);
    expect(usual).toContainEqual({ name: 'TimeZone', setting: 'UTC' });
  });

  it.each(['America/New_York', 'Asia/Shanghai', 'Asia/Kolkata'])(
    'rows that Prisma writes are read by the pool, and the other way round, in %s',
    async (TimeZone) => {
      const { prisma, pool } = await oddDatabase({ ...odd, TimeZone });
      const at = new Date('2026-07-01T12:34:56.789Z');
      await prisma.revocation.create({ data: { kind: 'by', value: 'prisma', at, until: at } });
      await pool.query(`INSERT INTO revocation (kind, value, at, until) VALUES ('by', 'pool', $1, $1)`, [at]);
      const read = (await pool.query('SELECT until FROM revocation')).rows;
      expect(read).toEqual([{ until: at }, { until: at }]);
      expect(await prisma.revocation.findMany({ select: { until: true } })).toEqual(read);
    },
  );

  it('the clock is the same in every date style', async () => {
    const { pool } = await oddDatabase({ DateStyle: 'SQL, DMY', TimeZone: 'Asia/Shanghai' });
    const clock = await createDatabaseClock(pool, systemClock);
    expect(Math.abs(clock.now().getTime() - Date.now())).toBeLessThan(5_000);
  });
});

it('a closed database has no session left, so that its server can stop without a word', async () => {
  const { pool, url } = await freshDatabase();
  const lost: string[] = [];
  const left: unknown[] = [];
  const notify = async () => undefined;
  for (let round = 0; round < 5; round += 1) {
    const database = createDatabase({ url, poolSize: 8, onIdleError: ({ message }) => lost.push(message) });
    await Promise.all(Array.from({ length: 8 }, () => database.pool.query('SELECT pg_sleep(0.02)')));
    const listening = await openListening({ connection: database.session, channels: {}, notify });
    await database.close();
    await listening.end();
    const { rows } = await pool.query(
      `SELECT query, pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    left.push(...rows);
  }
  expect({ left, lost }).toEqual({ left: [], lost: [] });
});

it('a database that does not answer closes nevertheless', async () => {
  const line = await startLine(await freshDatabaseUrl());
  const database = createDatabase({ url: line.url, poolSize: 1 });
  await database.ping(5_000);
  line.swallow();
  const begun = performance.now();
  await database.close();
  expect(performance.now() - begun).toBeLessThan(2_500);
});

describe('settings of the shell for libpq', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('PGOPTIONS and PGREPLICATION do not reach the broker’s sessions', async () => {
    const url = await freshDatabaseUrl();
    Object.assign(process.env, { PGOPTIONS: '-c no_such_setting=1', PGREPLICATION: 'database' });
    const database = createDatabase({ url, poolSize: 1 });
    atEnd(() => database.close());
    await database.ping(5_000);
  });

  it('options in the URL do', async () => {
    const url = `${await freshDatabaseUrl()}?options=-c%20work_mem%3D7MB`;
    const database = createDatabase({ url, poolSize: 1 });
    atEnd(() => database.close());
    expect((await database.pool.query('SHOW work_mem')).rows).toEqual([{ work_mem: '7MB' }]);
  });
});
