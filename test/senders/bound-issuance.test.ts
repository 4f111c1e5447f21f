import { decodeJwt } from 'jose';
import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createDpopKey, type DpopKey, proof } from '../support/dpop.ts';
import { createSdk } from '../support/sdk.ts';
import { createWorld, type World } from '../support/world.ts';
import { handleOf, strange } from './doors.ts';

// Tokens that are bound to a key: their issue, their refresh, and the exchanges that they are the subject of.

let world: World;
let app: TestApp;
let key: DpopKey;
let other: DpopKey;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  [key, other] = await Promise.all([createDpopKey(), createDpopKey()]);
});

interface Answer {
  readonly status: number;
  readonly nonce: string | null;
  readonly body: Record<string, unknown>;
}

async function ask(
  path: string,
  fields: Readonly<Record<string, string>>,
  { by = app, dpop }: { readonly by?: TestApp; readonly dpop?: string } = {},
): Promise<Answer> {
  const secret = by.clientSecret === '' ? {} : { client_secret: by.clientSecret };
  const response = await fetch(world.issuer + path, {
    method: 'POST',
    body: new URLSearchParams({ client_id: by.clientId, ...secret, ...fields }),
    headers: dpop === undefined ? {} : { dpop },
  });
  const body = (await response.json()) as Record<string, unknown>;
  for (const name of ['access_token', 'refresh_token', 'id_token']) world.remember(body[name] as string);
  return { status: response.status, nonce: response.headers.get('dpop-nonce'), body };
}

const proofAt = (path: string, by = key, claims = {}) =>
  proof(by, { method: 'POST', url: world.issuer + path }, { claims });
const signIn = async (by = key, more = {}) =>
  await app.signIn({ connection: 'google', user: 'ada', dpop: await handleOf(app, by), ...more });
const realm = '/realms/symbolon';
const realmToken = `${realm}/protocol/openid-connect/token`;

it.each([
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  `${realm}/.well-known/openid-configuration`,
  '/.well-known/oauth-protected-resource/v1',
])('%s names the algorithms of proofs', async (path) => {
  const metadata = await (await fetch(world.issuer + path)).json();
  expect(metadata).toMatchObject({
    dpop_signing_alg_values_supported: ['ES256', 'ES384', 'Ed25519', 'EdDSA', 'PS256', 'RS256'],
  });
});

it('openid-client gets a bound token, whose key introspection names', async () => {
  const tokens = await signIn();
  expect(tokens.token_type).toBe('dpop');
  expect(decodeJwt(tokens.access_token).cnf).toEqual({ jkt: key.jkt });
  const { body } = await ask('/oauth/introspect', { token: tokens.access_token });
  expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } });
  const answer = await oidc.fetchProtectedResource(
    app.configuration,
    tokens.access_token,
    new URL(`${world.issuer}/v1/me/identities/google/token?min_ttl=1`),
    'GET',
    undefined,
    undefined,
    { DPoP: await handleOf(app, key) },
  );
  expect(answer.status).toBe(200);
  const person = await oidc.fetchUserInfo(
    app.configuration,
    tokens.access_token,
    tokens.claims()?.sub ?? '',
    {
      DPoP: await handleOf(app, key),
    },
  );
  expect(person.sub).toBe(tokens.claims()?.sub);
});

it('an opaque token is bound too', async () => {
  await world.broker.issuance.apps.update(app.clientId, { accessTokenFormat: 'opaque' });
  const { access_token: token } = await signIn();
  await world.broker.issuance.apps.update(app.clientId, { accessTokenFormat: null });
  expect(token).not.toContain('.');
  const { body } = await ask('/oauth/introspect', { token });
  expect(body).toMatchObject({ active: true, token_type: 'DPoP', cnf: { jkt: key.jkt } });
  const url = `${world.issuer}/v1/me`;
  const open = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
  const dpop = await proof(key, { method: 'GET', url, token });
  expect(await open({ authorization: `Bearer ${token}` })).toBe(401);
  expect(await open({ authorization: `DPoP ${token}`, dpop })).toBe(200);
});

it('a code that was asked for with dpop_jkt needs the proof of that key', async () => {
  const parameters = { dpop_jkt: key.jkt };
  await expect(signIn(other, { parameters })).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(app.signIn({ connection: 'google', user: 'ada', parameters })).rejects.toMatchObject({
    error: 'invalid_grant',
  });
  expect((await signIn(key, { parameters })).token_type).toBe('dpop');
});

it('the token endpoint of a realm takes proofs for its own address', async () => {
  const fields = { grant_type: 'client_credentials', scope: 'idp:google' };
  const right = await ask(realmToken, fields, { dpop: await proofAt(realmToken) });
  expect(right.body).toMatchObject({ token_type: 'DPoP' });
  const wrong = await ask(realmToken, fields, { dpop: await proofAt('/oauth/token') });
  expect(wrong).toMatchObject({ status: 400, body: { error: 'invalid_dpop_proof' } });
});

it('the token endpoint accepts a proof once, of concurrent requests too', async () => {
  const fields = { grant_type: 'client_credentials', scope: 'idp:google' };
  // A client whose clock is ahead: the proof counts until its minute has passed.
  const iat = Math.floor(Date.now() / 1000) + 200;
  const dpop = await proofAt('/oauth/token', key, { iat });
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask('/oauth/token', fields, { dpop })));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400]);
  for (const { body } of answers) if ('error' in body) expect(body.error).toBe('invalid_grant');
  const [row] = await world.database.prisma.artifact.findMany({
    where: { kind: 'ReplayDetection' },
    orderBy: { expiresAt: 'desc' },
  });
  // oidc-provider alone would forget it while it still counts.
  expect(Number(row?.expiresAt) / 1000).toBeGreaterThan(iat + 300);
});

it('a proof counts once, at the standard grants and the exchanges together', async () => {
  const { access_token: subject_token } = await signIn();
  const fields = { grant_type: 'client_credentials', scope: 'idp:google' };
  const exchange = {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_token_type: 'urn:symbolon:token-type:idp-access-token',
    connection: 'google',
    subject_token,
  };
  const outcomes = async (...requests: readonly Record<string, string>[]) => {
    const dpop = await proofAt('/oauth/token');
    const answers: unknown[] = [];
    for (const request of requests) {
      const { status, body } = await ask('/oauth/token', request, { dpop });
      answers.push(status === 200 ? 'open' : body.error);
    }
    return answers;
  };
  expect(await outcomes(fields, exchange)).toEqual(['open', 'invalid_dpop_proof']);
  expect(await outcomes(exchange, fields)).toEqual(['open', 'invalid_grant']);
});

describe('an app without a secret', () => {
  let phone: TestApp;

  beforeAll(async () => {
    const { app: made } = await world.broker.issuance.apps.create({
      name: 'Phone',
      type: 'native',
      redirectUris: ['http://127.0.0.1/cb'],
      firstParty: true,
      connections: [{ connection: 'google' }],
    });
    phone = { ...app, clientId: made.id, clientSecret: '' };
  });

  it('signs in with a provider’s SDK, and refreshes with the same key only', async () => {
    const sdk = createSdk(world, app);
    const value = await sdk.fromSdk('google', {
      user: 'ada',
      kind: 'id_token',
    });
    const fields = {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_issuer: 'google',
      subject_token: value,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      scope: 'openid offline_access idp:google',
    };
    const stale = await proofAt('/oauth/token', key, { iat: 1 });
    const asked = await ask('/oauth/token', fields, { by: phone, dpop: stale });
    expect(asked).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } });
    const dpop = await proofAt('/oauth/token', key, { iat: 1, nonce: asked.nonce });
    const { body } = await ask('/oauth/token', fields, { by: phone, dpop });
    expect(body).toMatchObject({ token_type: 'DPoP' });
    expect(decodeJwt(String(body.access_token)).cnf).toEqual({ jkt: key.jkt });

    const refresh = async (by: DpopKey | undefined) =>
      await ask(
        '/oauth/token',
        { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) },
        { by: phone, ...(by && { dpop: await proofAt('/oauth/token', by) }) },
      );
    expect((await refresh(undefined)).body.error).toBe('invalid_grant');
    expect((await refresh(other)).body.error).toBe('invalid_grant');
    const rotated = await refresh(key);
    expect(rotated.body).toMatchObject({ token_type: 'DPoP' });
    // Within the grace period, the repeated request gets the same answer, for the same key only.
    expect((await refresh(key)).body.refresh_token).toBe(rotated.body.refresh_token);
    expect((await refresh(other)).body.error).toBe('invalid_grant');
  });
});

it('an app without a secret refreshes no token from before its demand, since a thief has a key too', async () => {
  const { app: made } = await world.broker.issuance.apps.create({
    name: 'Page',
    type: 'native',
    redirectUris: ['http://127.0.0.1/cb'],
    firstParty: true,
    connections: [{ connection: 'google' }],
  });
  const page = { ...app, clientId: made.id, clientSecret: '' };
  const { body } = await ask(
    '/oauth/token',
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_issuer: 'google',
      subject_token: await createSdk(world, app).fromSdk('google', { user: 'ada', kind: 'id_token' }),
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      scope: 'openid offline_access idp:google',
    },
    { by: page },
  );
  const refresh = async () =>
    await ask(
      '/oauth/token',
      { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) },
      { by: page, dpop: await proofAt('/oauth/token', other) },
    );
  const demand = (tokenBinding: 'dpop' | 'none') =>
    world.broker.issuance.apps.update(made.id, { tokenBinding });
  await demand('dpop');
  expect((await refresh()).body).toMatchObject({ error: 'invalid_grant' });
  await demand('none');
  expect((await refresh()).body).toMatchObject({ token_type: 'DPoP' });
});

describe('a bound subject token', () => {
  const oauth = 'urn:ietf:params:oauth';
  const types = {
    grant_type: `${oauth}:grant-type:token-exchange`,
    subject_token_type: `${oauth}:token-type:access_token`,
  };
  const exchanges = {
    'of the broker': {
      path: '/oauth/token',
      fields: {
        ...types,
        requested_token_type: 'urn:symbolon:token-type:idp-access-token',
        connection: 'google',
      },
      subject: 'subject_token',
    },
    'of Auth0': {
      path: '/oauth/token',
      fields: {
        ...types,
        grant_type: `urn:auth0:params:oauth:grant-type:token-exchange:federated-connection-access-token`,
        requested_token_type: 'http://auth0.com/oauth/token-type/federated-connection-access-token',
        connection: 'google',
      },
      subject: 'subject_token',
    },
    'of Keycloak, with requested_issuer': {
      path: realmToken,
      fields: { ...types, requested_issuer: 'google' },
      subject: 'subject_token',
    },
    'of Keycloak, V2': { path: `${realm}/broker/google/token`, fields: {}, subject: 'token' },
  };

  it.each(Object.entries(exchanges))('needs the proof of its key at the exchange %s', async (_name, one) => {
    const { path, fields, subject } = one;
    const { access_token } = await signIn();
    const trade = async (dpop?: string) => {
      const { status, body } = await ask(
        path,
        { ...fields, [subject]: access_token },
        dpop === undefined ? {} : { dpop },
      );
      return status === 200 ? 'open' : String(body.error);
    };
    const refusal = path === '/oauth/token' ? 'invalid_grant' : 'invalid_token';
    const right = await proofAt(path);
    const claims = { iat: 1 };
    expect({
      none: await trade(),
      otherKey: await trade(await proofAt(path, other)),
      otherAddress: await trade(await proofAt('/oauth/introspect')),
      stale: await trade(await proofAt(path, key, claims)),
      wrongNonce: await trade(await proofAt(path, key, { nonce: strange() })),
      right: await trade(right),
      again: await trade(right),
    }).toEqual({
      none: refusal,
      otherKey: refusal,
      otherAddress: 'invalid_dpop_proof',
      stale: 'use_dpop_nonce',
      wrongNonce: 'use_dpop_nonce',
      right: 'open',
      again: 'invalid_dpop_proof',
    });
  });
});

it('a page of another origin may send a proof and read the nonce', async () => {
  const preflight = await fetch(`${world.issuer}/v1/me`, {
    method: 'OPTIONS',
    headers: { origin: 'https://page.example', 'access-control-request-headers': 'authorization,dpop' },
  });
  expect(preflight.headers.get('access-control-allow-headers')).toContain('DPoP');
  expect(preflight.headers.get('access-control-expose-headers')).toContain('DPoP-Nonce');
});
