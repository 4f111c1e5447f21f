import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { atEnd } from '../support/at-end.ts';

// The settings of the developer's shell are meant for other servers.

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

it('the embedded PostgreSQL uses UTC and UTF8 and is reachable, whatever the shell has set', async () => {
  Object.assign(process.env, {
    TZ: 'Asia/Shanghai',
    LANG: 'de_DE.ISO-8859-1',
    LC_ALL: 'tr_TR',
    PGTZ: 'America/New_York',
    PGDATESTYLE: 'German',
    PGOPTIONS: '-c search_path=nowhere',
    PGSSLMODE: 'require',
    PGSSLNEGOTIATION: 'direct',
    PGCLIENTENCODING: 'LATIN1',
    PGHOST: 'database.invalid',
    PGPORT: '1',
    PGUSER: 'nobody',
    PGDATABASE: 'nowhere',
    PGPASSWORD: 'wrong',
    PGDATA: '/nowhere',
  });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-embedded-'));
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  atEnd(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });
  const database = createDatabase({ url: postgres.url, embedded: true, poolSize: 1 });
  const settings = `SELECT current_setting('server_encoding') AS encoding, current_schema() AS schema`;
  expect((await database.pool.query(settings)).rows).toEqual([{ encoding: 'UTF8', schema: 'public' }]);
  await database.close();

  // The settings as another client than ours sees them.
  process.env = { ...before };
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  expect((await client.query('SHOW timezone')).rows).toEqual([{ TimeZone: 'UTC' }]);
  await client.end();
});
