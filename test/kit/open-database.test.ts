import { readFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { type OpenDatabaseOptions, openDatabase } from '../../src/kit/database/open-database.ts';
import { prepareJobs, startJobs } from '../../src/kit/jobs.ts';
import { createLog } from '../../src/kit/log.ts';
import { atEnd } from '../support/at-end.ts';
import { runCommand, type Settings } from '../support/command.ts';
import { asNewRole, asSuperuser, emptyDatabaseUrl, freshDatabaseUrl } from '../support/database.ts';

async function open(url: string, options: Partial<OpenDatabaseOptions> = {}) {
  const opened = await openDatabase({ url, directUrl: undefined, poolSize: 2, ...options });
  atEnd(() => opened.database.close());
  return opened;
}

const refusal = (url: string, options: Partial<OpenDatabaseOptions> = {}) =>
  open(url, options).then(
    () => 'opened',
    ({ name, message }: Error) => `${name}: ${message}`,
  );

/** The ways to send a statement: Prisma, the pool, and a separate session. */
async function works({ database }: Awaited<ReturnType<typeof open>>): Promise<string> {
  await database.prisma.revocation.create({ data: { kind: 'by', value: 'prisma', until: new Date() } });
  await database.pool.query(`INSERT INTO revocation (kind, value, until) VALUES ('by', 'pool', now())`);
  expect(await database.prisma.revocation.count()).toBe(2);
  await database.pool.query('DELETE FROM revocation');
  const { rows } = await database.pool.query('SELECT current_schema() AS schema');
  return rows[0].schema;
}

const tablesIn = (url: string) =>
  asSuperuser(
    url,
    `SELECT schemaname AS schema, count(*)::int AS tables FROM pg_tables
      WHERE tablename IN ('vault_entry', 'audit_event', '_prisma_migrations', 'signal') GROUP BY 1 ORDER BY 1`,
  );

describe('migrations', () => {
  const settingsOf = (url: string, more: Settings = {}) => ({
    DATABASE_URL: url,
    DATA_DIR: path.join(os.tmpdir(), 'symbolon-unmade'),
    ALLOW_PLAINTEXT_DATABASE: '1',
    ...more,
  });

  it('are checked and applied with the settings of the database alone', async () => {
    const url = await emptyDatabaseUrl();
    // In production all other settings would be required too.
    const settings = settingsOf(url, { NODE_ENV: 'production' });
    const before = await runCommand(['migrate', '--check'], settings);
    expect([before.code, before.stdout.startsWith('Due: '), before.stderr]).toEqual([1, true, '']);
    expect(await tablesIn(url)).toEqual([]);
    expect(await runCommand(['migrate'], settings)).toMatchObject({ code: 0, stderr: '' });
    const after = await runCommand(['migrate', '--check'], settings);
    expect(after).toMatchObject({ code: 0, stdout: 'The database is up to date.\n' });
  });

  it.each([
    ['apps', 'list'],
    ['connections', 'list'],
    ['admins', 'list'],
    ['config', 'export'],
  ])('are not applied by a command that only reads: %s %s', async (...args) => {
    const url = await emptyDatabaseUrl();
    const { code, stderr } = await runCommand(args, settingsOf(url));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^symbolon: DATABASE_URL: the migration \w+ and \d+ more are due/);
    expect(stderr).toContain('run `symbolon migrate`');
    expect(await tablesIn(url)).toEqual([]);
  });

  it('are left to `symbolon migrate` where the setting says so', async () => {
    const url = await emptyDatabaseUrl();
    expect(await refusal(url, { unmigrated: 'SYMBOLON_MIGRATE=0' })).toMatch(
      /^UnfitDatabase: DATABASE_URL: .* due, and SYMBOLON_MIGRATE=0 does not migrate/,
    );
    expect(await tablesIn(url)).toEqual([]);
    await open(url);
    await open(url, { unmigrated: 'SYMBOLON_MIGRATE=0' });
  });
});

describe('the schema', () => {
  it('is public by default', async () => {
    const url = await emptyDatabaseUrl();
    expect(await works(await open(url))).toBe('public');
    expect(await tablesIn(url)).toEqual([{ schema: 'public', tables: 4 }]);
  });

  it('is the one in the URL, which is created', async () => {
    const url = `${await emptyDatabaseUrl()}?schema=Sym%20bolon`;
    expect(await works(await open(url))).toBe('Sym bolon');
    expect(await works(await open(url))).toBe('Sym bolon');
    expect(await tablesIn(url)).toEqual([{ schema: 'Sym bolon', tables: 4 }]);
  });

  it.each(['a"b', 'pg_ours', '$user', 'information_schema', 'x'.repeat(64)])(
    'is never %s, which PostgreSQL or Prisma interpret otherwise',
    async (name) => {
      const url = await emptyDatabaseUrl();
      expect(await refusal(`${url}?schema=${encodeURIComponent(name)}`)).toMatch(/DATABASE_URL: \?schema=/);
      expect(await tablesIn(url)).toEqual([]);
    },
  );

  it('is the role’s own if PostgreSQL’s default search_path leads there', async () => {
    const { url, role } = await asNewRole(await emptyDatabaseUrl());
    const superuser = Object.assign(new URL(url), serverAccount()).href;
    await asSuperuser(
      superuser,
      `CREATE SCHEMA AUTHORIZATION ${role}; GRANT CREATE ON DATABASE ${databaseOf(url)} TO ${role}`,
    );
    expect(await works(await open(url))).toBe(role);
    expect(await works(await open(url))).toBe(role);
  });

  it('stays public if the role gets a schema of its own name later', async () => {
    const { url, role } = await asNewRole(await emptyDatabaseUrl());
    const superuser = Object.assign(new URL(url), serverAccount()).href;
    await asSuperuser(
      superuser,
      `GRANT CREATE ON SCHEMA public TO ${role}; GRANT CREATE ON DATABASE ${databaseOf(url)} TO ${role}`,
    );
    expect(await works(await open(url))).toBe('public');
    // The newest migration is pending again, as in an upgrade.
    await asSuperuser(
      superuser,
      `CREATE SCHEMA AUTHORIZATION ${role}; DROP TABLE public.session_origin;
       DELETE FROM public._prisma_migrations WHERE migration_name = '20261121071500_session_origin'`,
    );
    const { applied, ...opened } = await open(url);
    expect(applied).toEqual(['20261121071500_session_origin']);
    expect(await works({ applied, ...opened })).toBe('public');
    expect(await tablesIn(superuser)).toEqual([{ schema: 'public', tables: 4 }]);
  });

  it('is that of the search_path of role or database', async () => {
    const url = await emptyDatabaseUrl();
    await asSuperuser(
      url,
      `CREATE SCHEMA ours; ALTER DATABASE ${databaseOf(url)} SET search_path = ours, public`,
    );
    expect(await works(await open(url))).toBe('ours');
  });

  it('stays where the tables are if the URL names another, as earlier versions did, and this is reported', async () => {
    const url = await freshDatabaseUrl();
    const opened = await open(`${url}?schema=other`);
    expect(await works(opened)).toBe('public');
    expect(opened.notes).toEqual([expect.stringMatching(/tables are in schema "public".*"other"/)]);
  });

  it('is refused if an earlier upgrade has split the tables, with the remedy', async () => {
    const url = await freshDatabaseUrl();
    await asSuperuser(url, 'CREATE SCHEMA postgres; ALTER TABLE public.signal SET SCHEMA postgres');
    const said = await refusal(url);
    expect(said).toMatch(/DATABASE_URL: schema "public" lacks the tables signal: (ALTER TABLE .*)$/);
    await asSuperuser(url, said.replace(/^.*(?=ALTER TABLE)/, ''));
    expect(await works(await open(url))).toBe('public');
  });

  it('behind a pooler is that of its sessions, or is refused', async () => {
    const url = await emptyDatabaseUrl();
    const options = { directUrl: `${url}?application_name=direct` };
    await asSuperuser(url, 'CREATE SCHEMA ours');
    expect(await refusal(`${url}?schema=ours`, options)).toMatch(
      /DATABASE_URL: .*"ours".*ALTER ROLE "postgres"/,
    );
    await asSuperuser(url, `ALTER DATABASE ${databaseOf(url)} SET search_path = ours`);
    expect(await works(await open(url, options))).toBe('ours');
  });
});

describe('an unsuitable database is refused with the reason', () => {
  it('for an encoding other than UTF8', async () => {
    const url = await emptyDatabaseUrl(`ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    expect(await refusal(url)).toMatch(/^UnfitDatabase: DATABASE_URL: .*LATIN1.*ENCODING 'UTF8'/);
    expect(await tablesIn(url)).toEqual([]);
  });

  it('for a read-only database', async () => {
    const url = await freshDatabaseUrl();
    await asSuperuser(url, `ALTER DATABASE ${databaseOf(url)} SET default_transaction_read_only = on`);
    expect(await refusal(url)).toMatch(/^UnfitDatabase: DATABASE_URL: .*only reads/);
  });

  it('for a pool larger than server, role or database allow', async () => {
    const url = await freshDatabaseUrl();
    expect(await refusal(url, { poolSize: 200 })).toMatch(
      /^UnfitDatabase: DATABASE_POOL: 200 connections and 1 .*max_connections 200/,
    );
    const as = await asNewRole(url);
    await asSuperuser(url, `ALTER ROLE ${as.role} CONNECTION LIMIT 5`);
    expect(await refusal(as.url, { poolSize: 5 })).toMatch(/DATABASE_POOL: .* 5 that the role/);
  });

  it('for one that is missing or not accessible', async () => {
    const url = await freshDatabaseUrl();
    expect(await refusal(url.replace(databaseOf(url), 'no_such_database'))).toMatch(
      /DATABASE_URL: PostgreSQL cannot be reached \(.*no_such_database/,
    );
  });
});

describe('roles and rights', () => {
  it('a role that may not create tables leaves nothing behind, and succeeds once it may', async () => {
    const { url, role } = await asNewRole(await emptyDatabaseUrl());
    const superuser = Object.assign(new URL(url), serverAccount()).href;
    expect(await refusal(url)).toMatch(
      /^UnfitDatabase: DATABASE_URL: \d+ migrations are due, and the role "role_\w+" may not make tables in schema "public"/,
    );
    expect(await tablesIn(superuser)).toEqual([]);
    await asSuperuser(superuser, `GRANT CREATE ON SCHEMA public TO ${role}`);
    expect(await refusal(url)).toMatch(/may not make or work with the schema "jobs"/);
    await asSuperuser(superuser, `CREATE SCHEMA jobs AUTHORIZATION ${role}`);
    const { database } = await open(url);
    await prepareJobs(database.pool);
  });

  it('a role that may not create or change tables runs what another has migrated', async () => {
    const owner = await emptyDatabaseUrl();
    const { url, role } = await asNewRole(owner);
    const { database } = await open(owner);
    expect(await refusal(url)).toMatch(/DATABASE_URL: .*may not read and write/);
    await prepareJobs(database.pool);
    await asSuperuser(owner, grants(role));
    const opened = await open(url);
    expect(await works(opened)).toBe('public');
    const jobs = await startJobs({ pool: opened.database.pool, log: createLog('silent') }, [
      { name: 'nothing', cron: '0 0 1 1 *', run: async () => undefined },
    ]);
    await jobs.stop();
  });

  it('a role that is not the owner is told so before a migration begins', async () => {
    const owner = await freshDatabaseUrl();
    const { url, role } = await asNewRole(owner);
    await asSuperuser(
      owner,
      `GRANT CREATE, USAGE ON SCHEMA public TO ${role}; GRANT ALL ON ALL TABLES IN SCHEMA public TO ${role};
       DELETE FROM _prisma_migrations WHERE migration_name = '20261121071500_session_origin'; DROP TABLE session_origin`,
    );
    expect(await refusal(url)).toMatch(
      /1 migrations are due, and the role "role_\w+" does not own _prisma_migrations/,
    );
  });
});

/** The grants as docs/database.md states them. */
function grants(role: string): string {
  const [, sql = ''] =
    readFileSync('docs/database.md', 'utf8').split('<!-- to run -->')[1]?.split('```sql') ?? [];
  return (sql.split('```')[0] ?? '').replaceAll('symbolon_app', role);
}

function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

function serverAccount() {
  const { username, password } = new URL(inject('postgresUrl'));
  return { username, password };
}
