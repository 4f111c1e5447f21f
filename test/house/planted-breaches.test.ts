import { expect, test } from 'vitest';
import { walls } from './all-walls.ts';
import { houseOf } from './house.ts';
import { loopholes, type Planted } from './loopholes.ts';

/**
 * For each wall, code that breaks it and the expected finding. A wall that finds nothing protects nothing.
 */
const planted: Readonly<Record<string, readonly Planted[]>> = {
  'an import names its file': [
    [
      'src/account/a.ts',
      "const file = '../vault/holding.ts';\nconst { openHolding } = await import(file);",
      'src/account/a.ts:2 imports what no wall can read',
    ],
  ],
  'a name is exported by the file that declares it': [
    [
      'src/vault/vault.ts',
      "export { openHolding } from './holding.ts';",
      'src/vault/vault.ts:1 exports what it imports',
    ],
  ],
  'a room imports only from rooms before it': [
    [
      'src/login/a.ts',
      "import type { V } from '../vault/vault.ts';",
      'src/login/a.ts:1 imports src/vault/vault.ts (type)',
    ],
    ['src/kit/a.ts', "\nexport * from '../http/app.ts';", 'src/kit/a.ts:2 imports src/http/app.ts'],
    [
      'src/http/a.ts',
      "const app = await import('../assembly/broker.ts');",
      'src/http/a.ts:1 imports src/assembly/broker.ts',
    ],
    ['src/cellar/a.ts', "import { x } from '../kit/ids.ts';", 'src/cellar/a.ts:1 imports src/kit/ids.ts'],
  ],
  'lab and demo import only kit': [
    ['src/demo/a.ts', "import { x } from '../http/page.ts';", 'src/demo/a.ts:1 imports src/http/page.ts'],
    [
      'src/lab/core/a.ts',
      "import { x } from '../../demo/demo.ts';",
      'src/lab/core/a.ts:1 imports src/demo/demo.ts',
    ],
  ],
  'only developer mode starts lab and demo': [
    [
      'src/assembly/broker.ts',
      "import { createLab } from '../lab/lab.ts';",
      'src/assembly/broker.ts:1 imports src/lab/lab.ts',
    ],
  ],
  'the client library stands alone': [
    ['src/client/a.ts', "import { z } from 'zod';", 'src/client/a.ts:1 imports zod'],
    [
      'src/retrieval/a.ts',
      "import { createClient } from '../client/client.ts';",
      'src/retrieval/a.ts:1 imports src/client/client.ts',
    ],
  ],
  'configuration is read where the parts are put together': [
    [
      'src/vault/a.ts',
      "import type { Config } from '../config.ts';",
      'src/vault/a.ts:1 imports src/config.ts (type)',
    ],
  ],
  'configuration imports only kit': [
    [
      'src/config.ts',
      "import { providers } from './connectors/registry.ts';",
      'src/config.ts:1 imports src/connectors/registry.ts',
    ],
  ],
  'issuance never imports vault': [
    [
      'src/issuance/a.ts',
      "import { type V } from '../vault/vault.ts';",
      'src/issuance/a.ts:1 imports src/vault/vault.ts (type)',
    ],
  ],
  'identities and users are removed by offboarding': [
    [
      'src/admin/a.ts',
      "import { createIdentityRemovals } from '../identities/identity-removals-store.ts';",
      'src/admin/a.ts:1 imports src/identities/identity-removals-store.ts',
    ],
  ],
  'an inner room imports only from inner rooms before it': [
    [
      'src/issuance/registry/a.ts',
      "import type { K } from '../keys/signing-keys.ts';",
      'src/issuance/registry/a.ts:1 imports src/issuance/keys/signing-keys.ts (type)',
    ],
    [
      'src/issuance/cellar/a.ts',
      "import { x } from '../keys/signing-keys.ts';",
      'src/issuance/cellar/a.ts:1 imports src/issuance/keys/signing-keys.ts',
    ],
    [
      'src/vault/refresh/a.ts',
      "import type { Vault } from '../vault.ts';",
      'src/vault/refresh/a.ts:1 imports src/vault/vault.ts (type)',
      {
        'src/vault/vault.ts': "import { x } from './store-tokens.ts';",
        'src/vault/store-tokens.ts': "import { y } from './refresh/y.ts';",
      },
    ],
    [
      'src/connectors/contract/a.ts',
      "import { x } from '../engine/upstream.ts';",
      'src/connectors/contract/a.ts:1 imports src/connectors/engine/upstream.ts',
    ],
  ],
  "a provider's file imports the contract, never the engine": [
    [
      'src/connectors/providers/a.ts',
      "import { x } from '../engine/token-client.ts';",
      'src/connectors/providers/a.ts:1 imports src/connectors/engine/token-client.ts',
    ],
    [
      'src/connectors/providers/a/b.ts',
      "import { x } from '../../registry.ts';",
      'src/connectors/providers/a/b.ts:1 imports src/connectors/registry.ts',
    ],
  ],
  'connectors import kit alone, and of kit what reaches no database': [
    [
      'src/connectors/contract/a.ts',
      "import type { R } from '../../http/app.ts';",
      'src/connectors/contract/a.ts:1 imports src/http/app.ts (type)',
    ],
    [
      'src/connectors/engine/a.ts',
      "import { x } from '../../kit/indirect.ts';",
      'src/connectors/engine/a.ts:1 imports src/kit/indirect.ts',
      {
        'src/kit/indirect.ts': "import { p } from './direct.ts';",
        'src/kit/direct.ts': "import pg from 'pg';",
      },
    ],
  ],
  'contract and engine know no provider': [
    [
      'src/connectors/engine/a.ts',
      "import { findConnector } from '../registry.ts';",
      'src/connectors/engine/a.ts:1 imports src/connectors/registry.ts',
    ],
    [
      'src/connectors/contract/a.ts',
      "import type { X } from '../providers/oauth2.ts';",
      'src/connectors/contract/a.ts:1 imports src/connectors/providers/oauth2.ts (type)',
    ],
  ],
  'the vault is entered by its public files only': [
    [
      'src/account/a.ts',
      "import { openStoredSet } from '../vault/stored-set.ts';",
      'src/account/a.ts:1 imports src/vault/stored-set.ts',
    ],
    [
      'src/admin/a.ts',
      "import type { T } from '../vault/entry-tokens.ts';",
      'src/admin/a.ts:1 imports src/vault/entry-tokens.ts (type)',
    ],
    [
      'src/retrieval/a.ts',
      "import { createFreshTokens } from '../vault/refresh/fresh-token.ts';",
      'src/retrieval/a.ts:1 imports src/vault/refresh/fresh-token.ts',
    ],
    [
      'src/signals/a.ts',
      "import { createVault } from '../vault/vault.ts';",
      'src/signals/a.ts:1 imports src/vault/vault.ts',
    ],
    [
      'src/assembly/a.ts',
      "export { openStoredSet } from '../vault/stored-set.ts';",
      'src/assembly/a.ts:1 imports src/vault/stored-set.ts',
    ],
    [
      'src/admin/a.ts',
      "const { open } = await import('../vault/a-new-file.ts');",
      'src/admin/a.ts:1 imports src/vault/a-new-file.ts',
    ],
  ],
  'only retrieval takes plaintext out of the vault': [
    ['src/account/a.ts', 'await deps.vault?.freshToken(target);', 'src/account/a.ts:1 takes freshToken'],
    ['src/account/a.ts', 'const take = deps.vault.freshToken;', 'src/account/a.ts:1 takes freshToken'],
    ['src/account/a.ts', 'const { freshToken } = deps.vault;', 'src/account/a.ts:1 takes freshToken'],
    ['src/account/a.ts', 'const { freshToken: take } = deps.vault;', 'src/account/a.ts:1 takes freshToken'],
    ['src/admin/a.ts', "type Mine = Pick<Vault, 'freshToken'>;", 'src/admin/a.ts:1 takes freshToken'],
    ['src/admin/a.ts', "const take = deps.vault['freshToken'];", 'src/admin/a.ts:1 takes freshToken'],
  ],
  'Prisma is opened in kit/database/database.ts and kit/database/migrate.ts': [
    [
      'src/vault/a-store.ts',
      "import { P } from '../generated/prisma/client.ts';",
      'src/vault/a-store.ts:1 imports src/generated/prisma/client.ts',
    ],
  ],
  'connections to PostgreSQL are made in kit/database/database-session.ts': [
    ['src/vault/a.ts', 'const client = new pg.Client({});', "src/vault/a.ts:1 makes a Client of pg's"],
    ['src/kit/a.ts', 'const pool = new pg.Pool({});', "src/kit/a.ts:1 makes a Pool of pg's"],
  ],
  "Prisma's client is used in stores": [
    [
      'src/vault/a.ts',
      "import type { PrismaClient } from '../kit/database/database.ts';",
      'src/vault/a.ts:1 imports src/kit/database/database.ts (type)',
    ],
  ],
  'a store asks Prisma for tables of its own room': [
    [
      'src/vault/a-store.ts',
      'await prisma.identity.findMany({});',
      'src/vault/a-store.ts:1 asks for identity, a table of identities',
    ],
    [
      'src/vault/a.ts',
      'await tx.vaultEntry.update({});',
      'src/vault/a.ts:1 asks for vaultEntry, a table of vault',
    ],
  ],
  'SQL is written in stores, on tables of their own room': [
    [
      'src/vault/a-store.ts',
      'await pool.query(`SELECT 1 FROM "user" WHERE id = $1`);',
      'src/vault/a-store.ts:1 has SQL on user',
    ],
    [
      'src/vault/a.ts',
      "await pool.query('DELETE FROM vault_entry');",
      'src/vault/a.ts:1 has SQL on vault_entry',
    ],
    [
      'src/reporting/a-list-store.ts',
      "await pool.query('UPDATE vault_entry SET version = 2');",
      'src/reporting/a-list-store.ts:1 has SQL on vault_entry',
    ],
    [
      'src/reporting/a-store.ts',
      "await pool.query('SELECT 1 FROM vault_entry');",
      'src/reporting/a-store.ts:1 has SQL on vault_entry',
    ],
  ],
  'rows that hold grants are deleted in one file each': [
    [
      'src/identities/identity-store.ts',
      'await prisma.identity.deleteMany({ where: { userId } });',
      'src/identities/identity-store.ts:1 deletes identity',
    ],
    [
      'src/login/a-store.ts',
      'await transaction.$executeRaw`DELETE FROM connection`;',
      'src/login/a-store.ts:1 deletes connection',
    ],
    [
      'src/vault/a-store.ts',
      "await pool.query('delete from vault_entry where identity_id = $1', [id]);",
      'src/vault/a-store.ts:1 deletes vaultEntry',
    ],
  ],
  'connections are removed by offboarding': [
    [
      'src/admin/a.ts',
      'await deps.connections.remove(transaction, id);',
      'src/admin/a.ts:1 removes a connection',
    ],
  ],
  'a package runs in the rooms that are listed for it': [
    ['src/login/a.ts', "import { Router } from 'express';", 'src/login/a.ts:1 imports express'],
    [
      'src/connectors/a.ts',
      "import type { Request } from 'express';",
      'src/connectors/a.ts:1 imports express (type)',
    ],
    ['src/http/a.ts', "import passport from 'passport';", 'src/http/a.ts:1 imports passport'],
    [
      'src/account/a.ts',
      "import type P from 'oidc-provider';",
      'src/account/a.ts:1 imports oidc-provider (type)',
    ],
    ['src/vault/a.ts', "import { Counter } from 'prom-client';", 'src/vault/a.ts:1 imports prom-client'],
    ['src/kit/a.ts', "import x from 'left-pad';", 'src/kit/a.ts:1 imports left-pad'],
  ],
  'the environment is read in config.ts': [
    ['src/kit/a.ts', 'export const home = process.env.HOME;', 'src/kit/a.ts:1 reads process.env'],
  ],
  'the system clock is read in kit/clock.ts': [
    ['src/kit/a.ts', 'export const t = Date.now();', 'src/kit/a.ts:1 reads the system clock'],
    ['src/kit/a.ts', 'export const t = new Date();', 'src/kit/a.ts:1 reads the system clock'],
  ],
  'a method is refused in http/method-not-allowed.ts': [
    ['src/admin/a.ts', "throw new Problem('method_not_allowed');", 'src/admin/a.ts:1 refuses a method'],
  ],
  'requests to other hosts go through kit/outbound.ts': [
    ['src/signals/a.ts', 'const answer = await fetch(url);', 'src/signals/a.ts:1 calls the global fetch'],
  ],
  'no provider is named in generic code': [
    [
      'src/vault/a.ts',
      "// WeChat\nif (provider === 'wechat-web') retry();",
      'src/vault/a.ts:2 names wechat-web',
    ],
    ['src/vault/a.ts', 'export const refreshGoogle = 1;', 'src/vault/a.ts:1 names Google'],
    ['src/login/a.ts', 'export const EPIC_GAMES_SLOW = 1;', 'src/login/a.ts:1 names EPIC_GAMES'],
    ['src/login/a.ts', "if (provider === 'vk') retry();", 'src/login/a.ts:1 names vk'],
  ],
  'names are exported, not defaults': [
    ['src/kit/a.ts', 'export default 1;', 'src/kit/a.ts:1 has a default export'],
  ],
  'files are in kebab-case': [['src/kit/someThing.ts', 'export {};', 'src/kit/someThing.ts']],
  'no barrel files': [['src/kit/all.ts', "export * from './ids.ts';", 'src/kit/all.ts']],
  'no drawers': [['src/vault/utils.ts', 'export {};', 'src/vault/utils.ts']],
  'no cycles, not even of types': [
    ['src/kit/a.ts', "import type { A } from './a.ts';", 'src/kit/a.ts → src/kit/a.ts'],
  ],
};

test('each wall is tried', () => {
  const names = walls.map(({ name }) => name);
  expect(Object.keys(planted)).toEqual(names);
  expect(names).toEqual(expect.arrayContaining(Object.keys(loopholes)));
});

test.each(walls)('found: a breach of “$name”', ({ name, breaches }) => {
  for (const [path, text, said, others] of [...(planted[name] ?? []), ...(loopholes[name] ?? [])]) {
    expect(breaches(houseOf({ ...others, [path]: text }))).toEqual([said]);
  }
});
