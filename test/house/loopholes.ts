/** A file, the breach in it, the expected finding, and the files of the house that are needed to see it. */
export type Planted = [path: string, text: string, said: string, others?: Readonly<Record<string, string>>];

/** The ways around a wall that code could take without meaning to, by the name of the wall. */
export const loopholes: Readonly<Record<string, readonly Planted[]>> = {
  'an import names its file': [
    [
      'src/account/a.ts',
      'const { openStoredSet } = await import(`../vault/stored-set.ts`);',
      'src/account/a.ts:1 imports what no wall can read',
    ],
    [
      'src/account/a.ts',
      "const { openStoredSet } = await import(new URL('../vault/stored-set.ts', import.meta.url).href);",
      'src/account/a.ts:1 imports what no wall can read',
    ],
    [
      'src/account/a.ts',
      "const { openStoredSet } = createRequire(import.meta.url)('../vault/stored-set.ts');",
      'src/account/a.ts:1 imports what no wall can read',
    ],
    ['src/kit/a.ts', "const ids = require('./ids.ts');", 'src/kit/a.ts:1 imports what no wall can read'],
    ['src/kit/a.ts', "import ids = require('./ids.ts');", 'src/kit/a.ts:1 imports what no wall can read'],
  ],
  'a name is exported by the file that declares it': [
    [
      'src/vault/vault.ts',
      "export * from './stored-set.ts';",
      'src/vault/vault.ts:1 exports what it imports',
    ],
    [
      'src/vault/health.ts',
      "export type { EntryTokens } from './entry-tokens.ts';",
      'src/vault/health.ts:1 exports what it imports',
    ],
    [
      'src/vault/health.ts',
      "import type { EntryTokens } from './entry-tokens.ts';\nexport type { EntryTokens };",
      'src/vault/health.ts:2 exports what it imports',
    ],
    [
      'src/vault/vault.ts',
      "import { openStoredSet } from './stored-set.ts';\nexport { openStoredSet as look };",
      'src/vault/vault.ts:2 exports what it imports',
    ],
    [
      'src/vault/vault.ts',
      "import { openStoredSet } from './stored-set.ts';\nexport const look = openStoredSet;",
      'src/vault/vault.ts:2 exports what it imports',
    ],
    [
      'src/login/login.ts',
      "export { type Row, createRows } from './rows-store.ts';",
      'src/login/login.ts:1 exports what it imports',
    ],
  ],
  'the vault is entered by its public files only': [
    [
      'src/vault/upstream-revocation/queued-revocation.ts',
      "import { openStoredSet } from '../stored-set.ts';\nexport const look = (k, entry) => openStoredSet(k, entry);",
      'src/vault/upstream-revocation/queued-revocation.ts:1 imports src/vault/stored-set.ts',
    ],
    [
      'src/account/a.ts',
      "type Held = import('../vault/entry-tokens.ts').EntryTokens;",
      'src/account/a.ts:1 imports src/vault/entry-tokens.ts (type)',
    ],
    [
      'src/account/a.ts',
      "export * from '../vault/vault.ts';",
      'src/account/a.ts:1 imports src/vault/vault.ts',
    ],
    [
      'src/account/a.mjs',
      "import { openStoredSet } from '../vault/stored-set.ts';",
      'src/account/a.mjs:1 imports src/vault/stored-set.ts',
    ],
  ],
  'only retrieval takes plaintext out of the vault': [
    ['src/admin/a.ts', 'const take = deps.vault[`freshToken`];', 'src/admin/a.ts:1 takes freshToken'],
    ['src/admin/a.ts', "const door = 'freshToken' as const;", 'src/admin/a.ts:1 takes freshToken'],
    ['src/admin/a.ts', "const { ['freshToken']: take } = deps.vault;", 'src/admin/a.ts:1 takes freshToken'],
    [
      'src/admin/a.ts',
      'interface Port { freshToken(id: string): unknown }',
      'src/admin/a.ts:1 takes freshToken',
    ],
  ],
  'connections to PostgreSQL are made in kit/database/database-session.ts': [
    ['src/kit/a.ts', "import { Pool } from 'pg';", "src/kit/a.ts:1 makes a Pool of pg's"],
    ['src/kit/a.ts', 'const { Client } = pg;', "src/kit/a.ts:1 makes a Client of pg's"],
    ['src/kit/a.ts', 'class Mine extends pg.Client {}', "src/kit/a.ts:1 makes a Client of pg's"],
  ],
  "Prisma's client is used in stores": [
    [
      'src/vault/a.ts',
      "import * as database from '../kit/database/database.ts';",
      'src/vault/a.ts:1 imports src/kit/database/database.ts',
    ],
    [
      'src/vault/a.ts',
      "type Client = import('../kit/database/database.ts').PrismaClient;",
      'src/vault/a.ts:1 imports src/kit/database/database.ts (type)',
    ],
  ],
  'a store asks Prisma for tables of its own room': [
    [
      'src/identities/a-store.ts',
      'await prisma.identity.findMany({ include: { entry: true } });',
      'src/identities/a-store.ts:1 asks for vaultEntry, a table of vault',
    ],
    [
      'src/login/a-store.ts',
      'await prisma.connection.findMany({ select: { identities: { select: { subject: true } } } });',
      'src/login/a-store.ts:1 asks for identity, a table of identities',
    ],
    [
      'src/identities/a-store.ts',
      'await transaction.identity.update({ where: { id }, data: { entry: { delete: true } } });',
      'src/identities/a-store.ts:1 asks for vaultEntry, a table of vault',
    ],
    [
      'src/account/a.ts',
      'const { user } = database.prisma;',
      'src/account/a.ts:1 asks for user, a table of identities',
    ],
    [
      'src/account/a.ts',
      'const entries = database.prisma.vaultEntry;',
      'src/account/a.ts:1 asks for vaultEntry, a table of vault',
    ],
  ],
  'SQL is written in stores, on tables of their own room': [
    [
      'src/vault/a.ts',
      "await pool.query('select * from vault_entry');",
      'src/vault/a.ts:1 has SQL on vault_entry',
    ],
    [
      'src/account/a-store.ts',
      'await pool.query(`delete from "user" where id = $1`);',
      'src/account/a-store.ts:1 has SQL on user',
    ],
    [
      'src/account/a-store.ts',
      "await pool.query('SELECT 1 FROM public.identity');",
      'src/account/a-store.ts:1 has SQL on identity',
    ],
    [
      'src/account/a-store.ts',
      "const table = 'vault_entry';",
      'src/account/a-store.ts:1 has SQL on vault_entry',
    ],
    [
      'src/account/a-store.ts',
      "await pool.query('SELECT 1 FROM browser_session s, vault_entry e');",
      'src/account/a-store.ts:1 has SQL on browser_session, vault_entry',
    ],
  ],
  'a package runs in the rooms that are listed for it': [
    ['src/vault/a-store.ts', "import { Client } from 'pg';", 'src/vault/a-store.ts:1 imports pg'],
    [
      'src/kit/a.ts',
      "import x from '../../node_modules/left-pad/index.js';",
      'src/kit/a.ts:1 imports node_modules/left-pad/index.js',
    ],
    ['src/kit/a.ts', "const { default: x } = await import('left-pad');", 'src/kit/a.ts:1 imports left-pad'],
  ],
  'the environment is read in config.ts': [
    ['src/kit/a.ts', 'const { env } = process;', 'src/kit/a.ts:1 reads process.env'],
    ['src/kit/a.ts', "import { env } from 'node:process';", 'src/kit/a.ts:1 reads process.env'],
    ['src/kit/a.ts', 'const home = globalThis.process.env.HOME;', 'src/kit/a.ts:1 reads process.env'],
  ],
  'the system clock is read in kit/clock.ts': [
    ['src/kit/a.ts', 'export const f = (now = Date.now) => now();', 'src/kit/a.ts:1 reads the system clock'],
    ['src/kit/a.ts', 'export const t = Date();', 'src/kit/a.ts:1 reads the system clock'],
    ['src/kit/a.ts', 'export const t = process.hrtime.bigint();', 'src/kit/a.ts:1 reads the system clock'],
  ],
  'requests to other hosts go through kit/outbound.ts': [
    ['src/signals/a.ts', 'await globalThis.fetch(url);', 'src/signals/a.ts:1 calls the global fetch'],
  ],
  'names are exported, not defaults': [
    ['src/kit/a.ts', 'const x = 1;\nexport { x as default };', 'src/kit/a.ts:2 has a default export'],
  ],
  'files are in kebab-case': [['src/account/peek.mjs', 'export {};', 'src/account/peek.mjs']],
};
