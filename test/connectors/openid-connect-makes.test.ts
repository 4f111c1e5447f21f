import { expect, it } from 'vitest';
import type { AuthorizeOptions } from '../../src/connectors/contract/calls.ts';
import { createProviderWorld, depart, finish } from './provider-world.ts';

const world = await createProviderWorld('openid-connect', 'strict');

interface Make {
  readonly issuer: string;
  readonly sub: string;
  readonly tokens: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly userinfo: Readonly<Record<string, unknown>>;
  readonly refreshExpiresIn?: number;
}

/** The shapes of their answers, from the documentation of each. */
const makes: Readonly<Record<string, Make>> = {
  'Keycloak, whose offline token has no end': {
    issuer: '/realms/work',
    sub: '0f8a7c3e-1050-4105-8105-010501050105',
    tokens: {
      expires_in: 300,
      refresh_expires_in: 0,
      refresh_token: 'rogue-refresh-token',
      'not-before-policy': 0,
      session_state: 's',
      scope: 'openid offline_access email profile',
    },
    claims: { typ: 'ID', session_state: 's', acr: '1', azp: 'client', preferred_username: 'lin' },
    userinfo: { email_verified: true, preferred_username: 'lin', email: 'lin@example.com', name: 'Lin' },
  },
  'Keycloak, whose session ends in half an hour': {
    issuer: '/realms/work',
    sub: '0f8a7c3e-1050-4105-8105-010501050105',
    tokens: {
      expires_in: 300,
      refresh_expires_in: 1800,
      refresh_token: 'rogue-refresh-token',
      scope: 'openid email profile',
    },
    userinfo: { email_verified: true, email: 'lin@example.com', name: 'Lin' },
    refreshExpiresIn: 1800,
  },
  'Auth0, with a slash behind its issuer and a bar in its ids': {
    issuer: '/',
    sub: 'google-oauth2|105105105105105105105',
    tokens: {
      expires_in: 86_400,
      refresh_token: 'rogue-refresh-token',
      scope: 'openid profile email offline_access',
    },
    claims: { nickname: 'lin', updated_at: '2026-11-21T00:00:00.000Z', sid: 's' },
    userinfo: {
      nickname: 'lin',
      updated_at: '2026-11-21T00:00:00.000Z',
      email: 'lin@example.com',
      email_verified: true,
      name: 'Lin',
    },
  },
  'Okta, at an authorization server of its own': {
    issuer: '/oauth2/default',
    sub: '00uid4BxXw6I6TV4m0g3',
    tokens: {
      expires_in: 3600,
      refresh_token: 'rogue-refresh-token',
      scope: 'openid profile email offline_access',
    },
    claims: { ver: 1, jti: 'ID.1', amr: ['pwd'], idp: '00o1', auth_time: 1_763_683_200 },
    userinfo: {
      email: 'lin@example.com',
      email_verified: true,
      name: 'Lin',
      zoneinfo: 'Asia/Shanghai',
      updated_at: 1_763_683_200,
    },
  },
};

it.each(Object.entries(makes))('a sign-in at %s', async (_make, make) => {
  const { rogue, registration, withOptions } = world;
  const issuer = `${rogue.url}${make.issuer}`;
  const now = Math.floor(Date.now() / 1000);
  const { azp, ...claims } = make.claims ?? {};
  const id_token = await rogue.sign({
    ...{ iss: issuer, aud: registration.clientId, sub: make.sub, nonce: 'n', iat: now, exp: now + 600 },
    ...claims,
    ...(azp !== undefined && { azp: registration.clientId }),
  });
  const tokens = { access_token: 'rogue-access-token', token_type: 'Bearer', id_token, ...make.tokens };
  rogue.says({ '/token': tokens, '/userinfo': { sub: make.sub, ...make.userinfo } });
  const { misled } = withOptions({}, { issuer });
  const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: 'n' };
  const arrived = await finish(misled, run);
  expect(arrived.account).toEqual({
    subject: make.sub,
    alternates: {},
    name: 'Lin',
    picture: undefined,
    email: 'lin@example.com',
    emailVerified: true,
  });
  expect(arrived.tokens).toMatchObject({
    expiresIn: make.tokens.expires_in,
    refreshExpiresIn: make.refreshExpiresIn,
  });
  expect(arrived.tokens.refreshToken?.reveal()).toBe('rogue-refresh-token');
  // The same URL with or without a trailing slash is another issuer.
  const other = issuer.endsWith('/') ? issuer.slice(0, -1) : `${issuer}/`;
  const elsewhere = withOptions({}, { issuer: other }).misled;
  await expect(finish(elsewhere, run)).rejects.toMatchObject({ failure: { kind: 'unknown' } });
});

it.each([
  ['client_authentication', 'client_secret_post', 'clientAuthentication', 'client_secret_post'],
  ['pkce', 'unsupported', 'pkce', 'unsupported'],
  ['id_token_algorithm', 'ES256', 'idTokenAlgorithms', ['ES256']],
] as const)('option %s=%s is applied', (option, value, trait, expected) => {
  expect(world.withOptions({ [option]: value }).real.connector[trait]).toEqual(expected);
});

it('accepts only tokens signed as the option says', async () => {
  const { rogue, registration, withOptions } = world;
  const now = Math.floor(Date.now() / 1000);
  const standing = { iss: rogue.url, aud: registration.clientId, sub: '1', nonce: 'n', iat: now };
  const id_token = await rogue.sign({ ...standing, exp: now + 600 });
  rogue.says({
    '/token': { access_token: 'a', token_type: 'Bearer', id_token },
    '/userinfo': { sub: '1' },
  });
  const run = { code: 'c', iss: undefined, verifier: 'v'.repeat(43), nonce: 'n' };
  expect((await finish(withOptions({}).misled, run)).account.subject).toBe('1');
  const es256 = withOptions({ id_token_algorithm: 'ES256' }).misled;
  await expect(finish(es256, run)).rejects.toMatchObject({ failure: { kind: 'unknown' } });
});

it('adds the parameters of its option to every authorization request', async () => {
  const { real } = world.withOptions({
    authorize_parameters: 'audience=https://api.example&acr_values=2&prompt=select_account',
  });
  const parametersOf = async (ask: Partial<AuthorizeOptions>) =>
    Object.fromEntries((await depart(real, ask)).url.searchParams);
  const added = { audience: 'https://api.example', acr_values: '2' };
  expect(await parametersOf({})).toMatchObject({ ...added, prompt: 'select_account' });
  expect(await parametersOf({ forceLogin: true })).toMatchObject({ ...added, prompt: 'login' });
});
