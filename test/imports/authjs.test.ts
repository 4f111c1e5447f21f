import type { AuthConfig } from '@auth/core';
import Discord from '@auth/core/providers/discord';
import GitHub from '@auth/core/providers/github';
import GitLab from '@auth/core/providers/gitlab';
import Google from '@auth/core/providers/google';
import MicrosoftEntraId from '@auth/core/providers/microsoft-entra-id';
import Salesforce from '@auth/core/providers/salesforce';
import Slack from '@auth/core/providers/slack';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { readAuthjsUser } from '../../src/imports/formats/authjs.ts';
import { createAuthjsSite } from './authjs-site.ts';
import { createImportWorld, fileOf, type ImportWorld, lines } from './import-world.ts';

let world: ImportWorld;

beforeAll(async () => {
  world = await createImportWorld({ providers: ['microsoft', 'discord', 'salesforce', 'slack'] });
});
beforeEach(() => world.empty());

const take = async (records: readonly unknown[]) =>
  await world.run(await fileOf(lines(records)), readAuthjsUser);

const site = 'http://localhost:3000';

/** The providers of @auth/core as an app configures them, at the lab. */
async function providersAtLab(tenant: string): Promise<AuthConfig['providers']> {
  const at = async (alias: string) => {
    const { registration } = await world.connection(alias);
    const { clientId, issuer, endpoints } = registration;
    return {
      client: { clientId, clientSecret: registration.clientSecret?.reveal() ?? '' },
      issuer,
      ...endpoints,
    };
  };
  const [google, github, microsoft] = await Promise.all(['google', 'github', 'microsoft'].map(at));
  const [slack, salesforce, discord, gitlab] = await Promise.all(
    ['slack', 'salesforce', 'discord', 'gitlab'].map(at),
  );
  if (!google || !github || !microsoft || !slack || !salesforce || !discord || !gitlab)
    throw new Error('lab');
  const offline = { access_type: 'offline', prompt: 'consent', scope: 'openid email profile' };
  return [
    Google({ ...google.client, issuer: google.issuer, authorization: { params: offline } }),
    GitHub({
      ...github.client,
      issuer: github.issuer,
      authorization: { url: github.authorization, params: { scope: 'read:user user:email' } },
      token: github.token,
      userinfo: {
        url: github.userinfo,
        request: async ({ tokens }: { tokens: { access_token?: string } }) => {
          const headers = { authorization: `Bearer ${tokens.access_token}` };
          return await (await fetch(github.userinfo ?? '', { headers })).json();
        },
      },
    }),
    MicrosoftEntraId({
      // Under its own id, Auth.js discovers the tenant over https once more.
      ...{ id: 'microsoft', ...microsoft.client, issuer: microsoft.issuer.replace('{tenantid}', tenant) },
      authorization: {
        url: microsoft.authorization,
        params: { scope: 'openid profile email User.Read offline_access' },
      },
      token: microsoft.token,
      userinfo: microsoft.token,
      // As the package's, but without the picture from another host.
      profile: ({ sub, name, email }) => ({ id: sub, name, email, image: null }),
    }),
    Slack({ ...slack.client, issuer: slack.issuer }),
    Salesforce({
      ...{ ...salesforce.client, issuer: salesforce.issuer },
      authorization: { params: { scope: 'openid profile email refresh_token' } },
    }),
    Discord({
      ...discord.client,
      authorization: { url: discord.authorization, params: { scope: 'identify email' } },
      ...{ token: discord.token, userinfo: discord.userinfo },
    }),
    GitLab({
      ...gitlab.client,
      authorization: { url: gitlab.authorization, params: { scope: 'read_user' } },
      ...{ token: gitlab.token, userinfo: `${gitlab.api}/user` },
    }),
  ];
}

it('people who signed in with Auth.js arrive as themselves, with their tokens', async () => {
  const atMicrosoft = await world.arrive('microsoft', 'ada');
  const [tenant = ''] = atMicrosoft.account.subject.split(':');
  const { signIn, exported } = createAuthjsSite(site, await providersAtLab(tenant));
  const aliases = ['google', 'github', 'microsoft', 'slack', 'salesforce', 'discord', 'gitlab'];
  for (const alias of aliases) await signIn(alias, 'ada');
  await signIn('google', 'lin');

  const { tally, left, ids } = await take(exported());
  expect(left).toEqual([]);
  expect(tally).toMatchObject({ users: { new: 8 }, identities: { new: 8 }, tokens: { new: 8 } });
  for (const [index, alias] of aliases.entries()) {
    const userId = ids.get(String(index + 1)) ?? '';
    const token = await world.fresh(userId, alias, 0);
    expect([alias, token.kind]).toEqual([alias, 'token']);
    expect([alias, (await world.signIn(alias, 'ada')).userId]).toEqual([alias, userId]);
  }
  expect(await world.health(ids.get('2') ?? '', 'github')).toMatchObject({ state: 'active' });
});

const account = (more: object = {}) => ({
  ...{ id: 'row', userId: 'u1', type: 'oauth', provider: 'google', providerAccountId: '1' },
  ...{ refresh_token: '1//r', access_token: 'ya29.a', expires_at: 1_800_000_000, token_type: 'bearer' },
  ...{ scope: 'openid email', id_token: null, session_state: null },
  ...more,
});

const user = (accounts: readonly unknown[], more: object = {}) => ({
  ...{ id: 'u1', name: 'Ada', email: 'ada@example.com', emailVerified: null, image: null },
  accounts,
  ...more,
});

const read = (record: unknown) => readAuthjsUser(record, { now: new Date() });

it('each adapter’s spelling of a row says the same', () => {
  const expected = read(user([account()]));
  expect(expected.accounts[0]?.tokens).toMatchObject({
    accessEndsAt: new Date(1_800_000_000_000),
    scopes: ['openid', 'email'],
    extra: { token_type: 'bearer' },
  });
  // Prisma with camelCase names, as some schemas map them; a BIGINT arrives as text from some drivers.
  const { access_token, refresh_token, expires_at, token_type, ...rest } = account();
  const { providerAccountId, userId, ...snake } = account();
  const spelt = [
    user([account({ expires_at: String(expires_at), createdAt: '2025-01-01T00:00:00Z' })]),
    user([{ ...snake, provider_account_id: providerAccountId, user_id: userId }]),
    // `mongoexport`: Extended JSON, canonical and relaxed.
    {
      ...user([account({ _id: { $oid: 'b'.repeat(24) }, expires_at: { $numberInt: '1800000000' } })]),
      id: undefined,
      _id: 'u1',
    },
  ];
  for (const one of spelt) expect(read(one)).toEqual(expected);
  const camel = read(
    user([{ ...rest, accessToken: access_token, refreshToken: refresh_token, expiresAt: expires_at }]),
  );
  expect(camel.accounts[0]).toMatchObject({
    subject: '1',
    tokens: { accessEndsAt: new Date(1_800_000_000_000) },
  });
  expect(token_type).toBe('bearer');
});

it('further members that an adapter keeps reach the connector; null columns do not', () => {
  const more = { refresh_token_expires_in: 15_897_600, instance_url: 'https://na1.example.com' };
  const [one] = read(user([account({ ...more, not_before_policy: null })])).accounts;
  expect(one?.tokens).toHaveProperty('extra', { ...more, token_type: 'bearer' });
});

it('the ways to sign in that have no provider are left out and counted', async () => {
  const { left } = await take([
    user([], { emailVerified: '2025-01-01T00:00:00Z' }),
    user([account({ type: 'webauthn', provider: 'passkey', access_token: null })], { id: 'u2' }),
    user([account({ type: 'credentials', provider: 'credentials' })], { id: 'u3' }),
    // Auth.js invents an id where WeChat sends no `unionid`.
    user([account({ provider: 'wechat', providerAccountId: crypto.randomUUID() })], { id: 'u4' }),
    user([account({ expires_at: 1_600_000_000, refresh_token: null })], { id: 'u5' }),
  ]);
  expect(left).toMatchObject([
    { user: 'u1', reason: 'passwordless' },
    { user: 'u1', reason: 'no_account' },
    { user: 'u2', reason: 'passkey' },
    { user: 'u2', reason: 'no_account' },
    { user: 'u3', reason: 'password' },
    { user: 'u3', reason: 'no_account' },
    { user: 'u4', connection: 'wechat', reason: 'unknown_subject' },
    { user: 'u5', connection: 'google', reason: 'token_ended' },
  ]);
});
