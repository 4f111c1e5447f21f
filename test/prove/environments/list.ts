import { readFileSync } from 'node:fs';
import { createDatabase } from '../../../src/kit/database/database.ts';
import { applyMigrations } from '../../../src/kit/database/migrate.ts';
import { prepareJobs } from '../../../src/kit/jobs.ts';
import { ask, type Server } from './servers.ts';

export interface Environment {
  readonly name: string;
  /** Creates an empty database `name` on that server. Returns the URL for the broker. */
  prepare(server: Server, at: { readonly url: string; readonly name: string }): Promise<string>;
  /** Replaces the usual end of CREATE DATABASE. */
  readonly made?: string;
}

const set =
  (settings: Readonly<Record<string, string>>): Environment['prepare'] =>
  async (_server, { url, name }) => {
    const each = Object.entries(settings).map(
      ([key, value]) => `ALTER DATABASE ${name} SET ${key} = ${value}`,
    );
    await ask(url, each.join('; '));
    return url;
  };

/** A role with a password of its own. */
async function role(at: { readonly url: string; readonly name: string }, suffix: string): Promise<string> {
  await ask(at.url, `CREATE ROLE ${at.name}_${suffix} LOGIN PASSWORD 'p%/:@'`);
  return Object.assign(new URL(at.url), { username: `${at.name}_${suffix}`, password: 'p%25%2F%3A%40' }).href;
}

export const environments: readonly Environment[] = [
  { name: 'as installed', prepare: async (_server, { url }) => url },
  { name: 'New York, German dates', prepare: set({ timezone: `'America/New_York'`, datestyle: 'German' }) },
  { name: 'Shanghai, SQL dates', prepare: set({ timezone: `'Asia/Shanghai'`, datestyle: `'SQL, DMY'` }) },
  {
    name: 'odd literals',
    prepare: set({ bytea_output: 'escape', standard_conforming_strings: 'off', intervalstyle: 'iso_8601' }),
  },
  { name: 'serializable', prepare: set({ default_transaction_isolation: 'serializable' }) },
  { name: 'repeatable read', prepare: set({ default_transaction_isolation: `'repeatable read'` }) },
  {
    name: 'short timeouts',
    prepare: set({
      statement_timeout: '2000',
      lock_timeout: '500',
      idle_in_transaction_session_timeout: '1000',
    }),
  },
  {
    name: 'search_path elsewhere',
    prepare: async (server, at) => {
      await ask(at.url, 'CREATE SCHEMA ours');
      return await set({ search_path: 'ours, public' })(server, at);
    },
  },
  { name: '?schema=', prepare: async (_server, { url }) => `${url}?schema=Sym%20bolon` },
  {
    name: 'a role with its own schema',
    prepare: async (_server, at) => {
      const url = await role(at, 'own');
      await ask(
        at.url,
        `CREATE SCHEMA AUTHORIZATION ${at.name}_own; GRANT CREATE ON DATABASE ${at.name} TO ${at.name}_own`,
      );
      return url;
    },
  },
  {
    name: 'a role with the least rights',
    prepare: async (_server, at) => {
      const url = await role(at, 'app');
      await applyMigrations(at.url);
      const database = createDatabase({ url: at.url, poolSize: 1 });
      await prepareJobs(database.pool);
      await database.close();
      const [, sql = ''] =
        readFileSync('docs/database.md', 'utf8').split('<!-- to run -->')[1]?.split('```sql') ?? [];
      await ask(at.url, (sql.split('```')[0] ?? '').replaceAll('symbolon_app', `${at.name}_app`));
      return url;
    },
  },
  {
    name: 'TLS, verified',
    prepare: async ({ authority }, { url }) => `${url}?sslmode=verify-full&sslrootcert=${authority}`,
  },
  {
    name: 'ICU, Turkish',
    made: `LOCALE_PROVIDER icu ICU_LOCALE 'tr-TR' LOCALE 'C' TEMPLATE template0`,
    prepare: async (_server, { url }) => url,
  },
];
