import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTokensOf } from '../../src/cli/import-secret.ts';
import type { Open } from '../../src/imports/exported-user.ts';
import { readBetterAuthUser } from '../../src/imports/formats/better-auth.ts';
import { openBetterAuthTokens } from '../../src/imports/formats/better-auth-secrets.ts';
import { readLogtoUser } from '../../src/imports/formats/logto.ts';
import { openLogtoSecrets } from '../../src/imports/formats/logto-secrets.ts';
import { UnusableSecretError, whyNoneOpens } from '../../src/imports/opener.ts';
import { type ProductName, products } from '../../src/imports/products.ts';
import { Secret } from '../../src/kit/secret.ts';
import { atEnd } from '../support/at-end.ts';
import { createShell } from '../support/command.ts';
import { freshDatabase } from '../support/database.ts';
import {
  first,
  kek,
  oddSecret,
  plainly,
  sealedWithOddSecret,
  second,
  vaultOfGitHub,
  vaultOfGoogle,
  versioned,
} from './encrypted.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

const openerOf = (...secrets: readonly string[]) => openBetterAuthTokens(new Secret(secrets.join('\n')));
const textOf = (open: Open, sealed: unknown) => {
  const opened = open(sealed);
  return 'unopened' in opened ? opened : opened.text.reveal();
};
/** The same text with its last digit changed. */
const changed = (hex: string) => `${hex.slice(0, -1)}${hex.endsWith('0') ? '1' : '0'}`;

const doesNotOpen = { unopened: 'the secret does not open it' };

describe('the secret of Better Auth', () => {
  it.each([
    ['alone', [first]],
    ['among others', [second, '', first]],
    ['with its version', [`1:${first}`]],
    ['in the list of all versions', [`2:${second}, 1:${first}`]],
  ])('opens a token without a version if it is given %s', (_, secrets) => {
    const open = openerOf(...secrets);
    expect(textOf(open, plainly.google)).toBe('ya29.sealed-access');
    expect(textOf(open, plainly.github.toUpperCase())).toBe('gho_sealed');
  });

  it('opens a token of its version, and of no other', () => {
    const both = openerOf(`2:${second},1:${first}`);
    expect([textOf(both, versioned.second), textOf(both, versioned.first)]).toEqual([
      'gho_second',
      'gho_first',
    ]);
    const none = { unopened: 'there is no secret of version 2' };
    expect(textOf(openerOf(`1:${first}`), versioned.second)).toEqual(none);
    expect(textOf(openerOf(first, second), versioned.second)).toEqual(none);
    expect(textOf(openerOf(`2:${first}`), versioned.second)).toEqual(doesNotOpen);
    expect(textOf(both, versioned.second.replace('$2$', '$1$'))).toEqual(doesNotOpen);
  });

  it('opens no token that was changed, and none in another form', () => {
    const open = openerOf(first);
    const odd = [changed(plainly.google), plainly.google.slice(2), `${plainly.google}00`, '00'.repeat(41)];
    for (const token of [...odd, '', 'abc', 'gho_plain', '$ba$', 'x'.repeat(100)])
      expect(textOf(open, token)).toEqual(doesNotOpen);
    expect(textOf(openerOf(`${first}x`), plainly.google)).toEqual(doesNotOpen);
  });

  it('may itself look like one with a version', () => {
    expect(textOf(openerOf(oddSecret), sealedWithOddSecret)).toBe('gho_looks');
    expect(() => openerOf('', ' ')).toThrow(UnusableSecretError);
  });
});

describe('the key of Logto’s vault', () => {
  const camel = ({ encrypted_dek, auth_tag, ...rest }: typeof vaultOfGoogle) => ({
    ...rest,
    encryptedDek: encrypted_dek,
    authTag: auth_tag,
  });

  it('opens a row in hexadecimal or base64, also as one of several', () => {
    const other = Buffer.alloc(32, 7).toString('base64');
    const open = openLogtoSecrets(new Secret(`${other}\n${kek}`));
    expect(textOf(open, camel(vaultOfGitHub))).toBe('{"access_token":"gho_vault"}');
    const base64 = Object.fromEntries(
      Object.entries(camel(vaultOfGitHub)).map(([name, hex]) => [
        name,
        Buffer.from(hex.slice(2), 'hex').toString('base64'),
      ]),
    );
    expect(textOf(open, base64)).toBe('{"access_token":"gho_vault"}');
  });

  it('opens no row that was changed, and no odd one', () => {
    const open = openLogtoSecrets(new Secret(kek));
    const row = camel(vaultOfGoogle);
    const odd = (['encryptedDek', 'iv', 'authTag', 'ciphertext'] as const).flatMap((name) => [
      { ...row, [name]: changed(row[name]) },
      { ...row, [name]: '\\x' },
      { ...row, [name]: null },
    ]);
    for (const one of [...odd, { ...row, authTag: row.authTag.slice(0, 10) }, undefined, 'text'])
      expect(textOf(open, one)).toEqual({ unopened: 'the key does not open it' });
    expect(() => openLogtoSecrets(new Secret('c2hvcnQ='))).toThrow('32 bytes');
  });
});

const account = (providerId: string, accountId: string, tokens: object) => ({
  providerId,
  accountId,
  ...tokens,
});
const user = (id: string, ...accounts: readonly object[]) => ({ id, name: 'Ada', accounts });

describe('an import from Better Auth', () => {
  const end = () => new Date(world.clock.now().getTime() + 1_800_000).toISOString();
  const records = () => [
    user(
      'u1',
      account('google', '1', {
        accessToken: plainly.google,
        refreshToken: plainly.refresh,
        accessTokenExpiresAt: end(),
      }),
    ),
    user('u2', account('github', '2', { accessToken: plainly.github })),
    user('u3', account('github', '3', { accessToken: versioned.second })),
    user('u4', account('github', '4', { accessToken: 'gho_plain' })),
    user('u5', account('github', '5', { accessToken: changed(plainly.github) })),
    user(
      'u6',
      account('google', '6', {
        accessToken: 'ya29.plain',
        refreshToken: changed(plainly.refresh),
        accessTokenExpiresAt: end(),
      }),
    ),
    user('u7', account('google', '1', { accessToken: 'ya29.plain', idToken: plainly.idToken })),
  ];
  const take = async (open?: Open, dry = false) =>
    await world.run(await fileOf(lines(records())), readBetterAuthUser, { ...(open && { open }), dry });

  it('takes the tokens that the secret opens beside those that never were encrypted', async () => {
    const open = openerOf(`2:${second}`, first);
    const dry = await take(open, true);
    const { left, ids, tally } = await take(open);
    expect(left).toEqual([
      { user: 'u5', connection: 'github', reason: 'token_encrypted', detail: doesNotOpen.unopened },
      { user: 'u6', connection: 'google', reason: 'token_encrypted', detail: doesNotOpen.unopened },
      // The ID token is read too.
      { user: 'u7', connection: 'google', reason: 'token_of_other_client' },
      { user: 'u7', reason: 'account_of_another' },
    ]);
    expect(dry).toMatchObject({ left, tally: { tokens: tally.tokens } });
    const held = async (ref: string, alias: string) => {
      const token = await world.fresh(ids.get(ref) ?? '', alias, 0);
      return token.kind === 'token' ? token.accessToken.reveal() : token.kind;
    };
    expect(await held('u1', 'google')).toBe('ya29.sealed-access');
    expect([await held('u2', 'github'), await held('u3', 'github'), await held('u4', 'github')]).toEqual([
      'gho_sealed',
      'gho_second',
      'gho_plain',
    ]);
    expect(await world.health(ids.get('u1') ?? '', 'google')).toMatchObject({ refreshable: true });
    const told = JSON.stringify([left, [...tally.left.values()]]);
    for (const secret of [first, second, plainly.github, 'gho_sealed']) expect(told).not.toContain(secret);
  });

  it('leaves all encrypted ones without a secret', async () => {
    const { left, tally } = await take();
    expect(left.filter(({ reason }) => reason === 'token_encrypted').map((one) => one.user)).toEqual([
      ...['u1', 'u2', 'u3', 'u5', 'u6'],
    ]);
    expect(left[0]).toEqual({ user: 'u1', connection: 'google', reason: 'token_encrypted' });
    expect(tally.tokens.new).toBe(1);
  });

  it('is not begun if the secret opens no token', async () => {
    const trial = async (open: Open, of: readonly unknown[]) =>
      await whyNoneOpens(each(of), { read: readBetterAuthUser, open, now: world.clock.now() });
    const wrong = openerOf('another secret');
    expect(await trial(wrong, records())).toBe(doesNotOpen.unopened);
    expect(await trial(openerOf(`3:${first}`), [records()[2]])).toBe('there is no secret of version 2');
    expect(await trial(openerOf(first), [null, records()[4], records()[0]])).toBeUndefined();
    expect(await trial(wrong, [records()[3], {}])).toBeUndefined();
  });
});

async function* each(records: readonly unknown[]) {
  yield* records;
}

it('an import from Logto takes the tokens of its secret vault, with their ends and scopes', async () => {
  const soon = Math.floor(world.clock.now().getTime() / 1000) + 1800;
  const secret = (row: typeof vaultOfGoogle, relation: object, metadata: object) => ({
    ...row,
    ...relation,
    type: 'federated_token_set',
    metadata,
    updated_at: new Date(world.clock.now().getTime() - 60_000).toISOString(),
  });
  const records = [
    {
      id: 'u1',
      identities: { github: { userId: '7', details: null }, google: { userId: '8' } },
      sso_identities: [{ sso_connector_id: 'sso_1', identity_id: 'sub-3', issuer: 'https://i', detail: {} }],
      secrets: [
        secret(
          vaultOfGitHub,
          { target: 'github', connector_id: 'c1', identity_id: '7' },
          {
            scope: 'repo,user',
            hasRefreshToken: false,
          },
        ),
        secret(
          vaultOfGoogle,
          { sso_connector_id: 'sso_1', issuer: 'https://i', identity_id: 'sub-3' },
          {
            scope: 'openid email',
            expiresAt: soon,
            hasRefreshToken: true,
          },
        ),
        secret(vaultOfGitHub, { target: 'google', identity_id: 'of another account' }, {}),
        null,
      ],
    },
    {
      id: 'u2',
      identities: { github: { userId: '9' } },
      secrets: [
        secret(
          { ...vaultOfGitHub, iv: changed(vaultOfGitHub.iv) },
          { target: 'github', identity_id: '9' },
          {},
        ),
      ],
    },
  ];
  const names = { sso_1: 'oidc-google' };
  await world.connections.create({
    alias: 'oidc-google',
    provider: 'oauth2',
    client_id: 'x',
    client_secret: 'y',
    endpoints: (await world.connection('google')).endpoints,
    options: {},
    scopes: [],
    enabled: true,
    for: 'login',
  });
  const open = openLogtoSecrets(new Secret(kek));
  const { left, ids, tally } = await world.run(await fileOf(lines(records)), readLogtoUser, { names, open });
  expect(left).toEqual([
    { user: 'u2', connection: 'github', reason: 'token_encrypted', detail: 'the key does not open it' },
  ]);
  expect(tally).toMatchObject({ identities: { new: 4 }, tokens: { new: 2 } });
  const ada = ids.get('u1') ?? '';
  expect(await world.health(ada, 'github')).toMatchObject({ scopes: ['repo', 'user'], expiresAt: null });
  expect(await world.health(ada, 'oidc-google')).toMatchObject({
    scopes: ['openid', 'email'],
    refreshable: true,
    expiresAt: new Date(soon * 1000),
  });
  const token = await world.fresh(ada, 'oidc-google', 0);
  expect(token.kind === 'token' && token.accessToken.reveal()).toBe('ya29.vault-access');
});

describe('the command', () => {
  let directory: string;
  const inDirectory = async (name: string, text: string) => {
    await writeFile(path.join(directory, name), text);
    return path.join(directory, name);
  };

  beforeAll(async () => {
    directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-import-'));
    atEnd(() => rm(directory, { recursive: true, force: true }));
  });

  const exported = () => fileOf(lines([user('u2', account('github', '2', { accessToken: plainly.github }))]));

  it('checks the secret before it begins, and never repeats it', async () => {
    const file = await exported();
    const wrong = await inDirectory('wrong', 'another secret\n');
    const refusal = (product: ProductName, secretFile: string, of = file) =>
      openTokensOf(products[product], of, { product, secretFile }).then(String, String);
    expect(await refusal('better-auth', wrong)).toBe(
      'ConfigError: --secret-file: no encrypted token of the export opens (the secret does not open it); nothing was imported',
    );
    expect(await refusal('better-auth', first)).toBe(
      'ConfigError: --secret-file: the file cannot be read; give the name of a file, not the secret',
    );
    expect(await refusal('better-auth', await inDirectory('empty', ' \n'))).toBe(
      'ConfigError: --secret-file: the file is empty',
    );
    expect(await refusal('keycloak', wrong)).toBe('ConfigError: --secret-file: keycloak encrypts no tokens');
    expect(await refusal('logto', wrong)).toBe(
      'ConfigError: --secret-file: a SECRET_VAULT_KEK is 32 bytes in base64',
    );
    expect(await refusal('better-auth', wrong, '-')).toBe(
      'ConfigError: --secret-file: the export is read twice, so it has to be a file and not a pipe',
    );
  });

  it('imports with the secret in a file, and keeps it nowhere', async () => {
    const database = await freshDatabase();
    const key = Buffer.alloc(32, 1).toString('base64');
    const settings = { DATABASE_URL: database.url, ENCRYPTION_KEYS: `k1:${key}` };
    const shell = createShell();
    await shell(['connections', 'add', 'github', '--provider', 'github', '--client-id', 'x'], settings);
    const secretFile = await inDirectory('right', `${first}\n`);
    const told = await shell(
      ['import', 'better-auth', await exported(), '--secret-file', secretFile],
      settings,
    );
    expect(told.stdout).toContain('tokens      1 new');
    const { rows } = await database.pool.query(`SELECT detail::text FROM audit_event`);
    for (const secret of [first, 'gho_sealed']) expect(JSON.stringify([told, rows])).not.toContain(secret);
  }, 60_000);
});
