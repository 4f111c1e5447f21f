import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readClerkUser } from '../../src/imports/formats/clerk.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld();
});
beforeEach(() => world.empty());

const verified = { object: 'verification_oauth', status: 'verified', strategy: 'oauth_google', expire_at: 1 };

// The shapes are those of @clerk/backend 3.25.0 and of recorded webhooks.
const github = (subject: string, more: object = {}) => ({
  object: 'external_account',
  id: `eac_${subject}`,
  provider: 'oauth_github',
  identification_id: `idn_${subject}`,
  provider_user_id: subject,
  approved_scopes: 'read:user user:email',
  email_address: 'ada@work.example',
  first_name: 'Ada',
  last_name: 'L',
  image_url: 'https://img.example/a',
  username: 'ada',
  phone_number: null,
  public_metadata: {},
  label: null,
  verification: { ...verified, strategy: 'oauth_github' },
  ...more,
});

const google = (subject: string, more: object = {}) => ({
  ...github(subject),
  object: 'google_account',
  id: `idn_${subject}`,
  external_account_id: `eac_${subject}`,
  provider: 'oauth_google',
  approved_scopes: 'email openid profile https://www.googleapis.com/auth/calendar',
  email_address: 'ada@example.com',
  verification: verified,
  ...more,
});

const user = (id: string, external_accounts: readonly object[], more: object = {}) => ({
  id,
  object: 'user',
  username: null,
  first_name: 'Ada',
  last_name: 'Lovelace',
  image_url: 'https://img.example/ada',
  has_image: true,
  password_enabled: false,
  two_factor_enabled: false,
  external_accounts,
  enterprise_accounts: [],
  last_sign_in_at: 1_750_000_000_000,
  banned: false,
  locked: false,
  deprovisioned: false,
  created_at: 1_740_000_000_000,
  ...more,
});

const token = (provider: string, account: string, more: object = {}) => ({
  object: 'oauth_access_token',
  external_account_id: account,
  provider,
  token: `token of ${account}`,
  public_metadata: {},
  label: null,
  scopes: ['openid', 'email'],
  ...more,
});

const inMinutes = (count: number) => world.clock.now().getTime() + count * 60_000;

async function take(...users: readonly object[]) {
  return await world.run(await fileOf(lines(users)), readClerkUser);
}

const reasonsOf = (left: readonly { user: string; connection?: string; reason: string }[]) =>
  left.map((one) => [one.user, one.connection, one.reason]);

it('users are imported with their verified accounts and living tokens', async () => {
  const { tally, left, ids } = await take(
    user('user_1', [google('1'), github('4')], {
      oauth_access_tokens: [
        token('oauth_google', 'eac_1', { expires_at: inMinutes(30) }),
        token('oauth_github', 'eac_4', { scopes: ['repo'] }),
      ],
    }),
    user('user_2', [google('2')], {
      password_enabled: true,
      two_factor_enabled: true,
      banned: true,
      oauth_access_tokens: [token('oauth_google', 'eac_2', { expires_at: inMinutes(-1) })],
    }),
    user('user_3', []),
  );
  expect(tally).toMatchObject({ users: { new: 2, left: 1 }, identities: { new: 3 }, tokens: { new: 2 } });
  expect(reasonsOf(left)).toEqual([
    ['user_2', undefined, 'password'],
    ['user_2', undefined, 'second_factor'],
    ['user_2', 'google', 'token_ended'],
    ['user_3', undefined, 'no_account'],
  ]);
  const ada = ids.get('user_1') ?? '';
  expect(await world.identities.findUser(ada)).toMatchObject({
    name: 'Ada Lovelace',
    disabledAt: null,
    createdAt: new Date(1_740_000_000_000),
    lastLoginAt: new Date(1_750_000_000_000),
  });
  expect(await world.health(ada, 'google')).toMatchObject({
    // There is no refresh token.
    state: 'expiring',
    scopes: ['openid', 'email'],
  });
  expect(await world.health(ada, 'github')).toMatchObject({ state: 'active', scopes: ['repo'] });
  const banned = await world.identities.findUser(ids.get('user_2') ?? '');
  expect(banned).toMatchObject({ disabledAt: expect.any(Date) });
});

it('an account that Clerk has not verified is not imported', async () => {
  const states = ['unverified', 'transferable', 'failed', 'expired', undefined];
  const records = states.map((status, index) =>
    user(`user_${index}`, [google(`${index}`, { verification: status && { ...verified, status } })]),
  );
  const none = user('user_null', [google('n', { verification: null })]);
  const { tally, left } = await take(...records, none);
  expect(tally).toMatchObject({ users: { new: 0, left: 6 }, identities: { new: 0 } });
  expect(left.filter(({ reason }) => reason === 'account_unverified')).toHaveLength(6);
});

it('people who may not sign in there are disabled', async () => {
  const blocked = [
    { banned: true },
    { locked: true, lockout_expires_in_seconds: 60 },
    { locked: true },
    { deprovisioned: true },
  ];
  const { ids, left } = await take(
    ...blocked.map((more, index) => user(`user_${index}`, [google(`${index}`)], more)),
  );
  const found = await Promise.all([...ids.values()].map((id) => world.identities.findUser(id)));
  // Failed sign-ins lock an account for a time, and are no block.
  expect(found.map((one) => one?.disabledAt instanceof Date)).toEqual([true, false, true, true]);
  expect(reasonsOf(left)).toEqual([]);
});

it('a token goes to its own account only', async () => {
  const { ids, tally } = await take(
    user('user_1', [google('1'), google('2', { label: 'work' })], {
      oauth_access_tokens: [
        token('oauth_google', 'eac_2', { expires_at: inMinutes(30) }),
        token('oauth_google', 'eac_1', { provider_user_id: '9', expires_at: inMinutes(30) }),
        // Tokens of OAuth 1.0a have a secret.
        token('oauth_github', 'eac_4', { token_secret: 'secret' }),
        token('oauth_google', 'eac_7'),
      ],
    }),
  );
  expect(tally).toMatchObject({ identities: { new: 2 }, tokens: { new: 1 } });
  const [one, two] = [...(await world.linked(ids.get('user_1') ?? ''))].sort((a, b) =>
    a.subject < b.subject ? -1 : 1,
  );
  const connection = await world.connection('google');
  const health = await world.vault.health([one, two].map((of) => ({ id: of?.id ?? '', connection })));
  expect(health.get(two?.id ?? '')).toMatchObject({ state: 'expiring' });
  expect(health.get(one?.id ?? '')).not.toMatchObject({ state: 'expiring' });
});

it('earlier versions of the API and the SDK have other names', async () => {
  const earlier = user('user_1', [
    {
      object: 'google_account',
      id: 'idn_1',
      google_id: '1',
      approved_scopes: 'email',
      email_address: 'ada@example.com',
      given_name: 'Ada',
      family_name: 'Lovelace',
      picture: 'https://a.example/a',
      verification: verified,
    },
  ]);
  const ofSdk = {
    id: 'user_2',
    firstName: 'Grace',
    passwordEnabled: true,
    banned: false,
    createdAt: 1_740_000_000_000,
    externalAccounts: [
      { id: 'eac_5', provider: 'github', providerUserId: '5', verification: { status: 'verified' } },
    ],
  };
  const { ids, left } = await take(earlier, ofSdk);
  expect(await world.linked(ids.get('user_1') ?? '')).toMatchObject([
    { alias: 'google', subject: '1', name: 'Ada Lovelace', picture: 'https://a.example/a' },
  ]);
  expect(await world.linked(ids.get('user_2') ?? '')).toMatchObject([{ alias: 'github', subject: '5' }]);
  expect(reasonsOf(left)).toEqual([['user_2', undefined, 'password']]);
});

it('an enterprise account goes to the connection that has its id, if it is not of SAML', async () => {
  const account = (protocol: string, provider_user_id: string, more: object = {}) => ({
    object: 'enterprise_account',
    active: true,
    email_address: 'ada@corp.example',
    first_name: 'Ada',
    last_name: null,
    protocol,
    provider: `${protocol}_custom`,
    provider_user_id,
    verification: verified,
    enterprise_connection_id: 'entconn_1',
    ...more,
  });
  const file = await fileOf(
    lines([
      user('user_1', [], { enterprise_accounts: [account('oauth', 'sub-1')] }),
      user('user_2', [], { enterprise_accounts: [account('saml', 'ada@corp.example')] }),
      user('user_3', [], { enterprise_accounts: [account('oauth', 'sub-3', { active: false })] }),
    ]),
  );
  const { ids, left } = await world.run(file, readClerkUser, { names: { entconn_1: 'google' } });
  expect(await world.linked(ids.get('user_1') ?? '')).toMatchObject([{ alias: 'google', subject: 'sub-1' }]);
  expect(reasonsOf(left)).toEqual([
    ['user_2', undefined, 'unknown_subject'],
    ['user_2', undefined, 'no_account'],
    ['user_3', undefined, 'account_unverified'],
    ['user_3', undefined, 'no_account'],
  ]);
});

it('docs/export/clerk.mjs gathers the users with their tokens', async () => {
  const asked: string[] = [];
  const answers: Readonly<Record<string, [number, unknown]>> = {
    '/v1/users?limit=500&offset=0&order_by=%2Bcreated_at': [
      200,
      [
        user('user_1', [google('1'), github('4', { verification: { status: 'unverified' } })]),
        user('user_2', [github('5'), google('2')]),
      ],
    ],
    '/v1/users/user_1/oauth_access_tokens/oauth_google': [
      200,
      [token('oauth_google', 'eac_1', { expires_at: inMinutes(30) })],
    ],
    '/v1/users/user_2/oauth_access_tokens/oauth_github': [
      200,
      { data: [token('oauth_github', 'eac_5', { scopes: ['repo'] })], total_count: 1 },
    ],
    '/v1/users/user_2/oauth_access_tokens/oauth_google': [
      422,
      { errors: [{ code: 'oauth_missing_refresh_token' }] },
    ],
  };
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    const [status, body] = asked.length === 1 ? [429, {}] : (answers[url] ?? [404, {}]);
    asked.push(request.headers.authorization === 'Bearer sk_test_1' ? url : 'unauthorised');
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '0.01' });
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const env = {
    CLERK_SECRET_KEY: 'sk_test_1',
    CLERK_API_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['docs/export/clerk.mjs'], { env });
  server.close();
  expect(stderr.trim()).toBe('user_2 google: 422 oauth_missing_refresh_token');
  expect(asked).not.toContain('/v1/users/user_1/oauth_access_tokens/oauth_github');
  const { tally, left } = await world.run(await fileOf(stdout), readClerkUser);
  expect(tally).toMatchObject({ users: { new: 2 }, identities: { new: 3 }, tokens: { new: 2 } });
  expect(reasonsOf(left)).toEqual([['user_1', undefined, 'account_unverified']]);
});
