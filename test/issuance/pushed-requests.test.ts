import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import * as client from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  appBrowser,
  callback,
  post,
  type RelyingApp,
  registerApp,
  throughPages,
} from './support/relying-app.ts';
import { openRoom, type Room } from './support/room.ts';

// Authorization requests that an app sends to the broker itself (RFC 9126), or signs (RFC 9101).

let room: Room;
let app: RelyingApp;
let signing: CryptoKey;
let foreign: CryptoKey;
let signer: string;

beforeAll(async () => {
  room = await openRoom();
  app = await registerApp(room);
  const pair = await generateKeyPair('ES256', { extractable: true });
  signing = pair.privateKey;
  foreign = (await generateKeyPair('ES256')).privateKey;
  const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1' }] };
  const made = await room.issuance.apps.create({
    name: 'Signer',
    redirectUris: [callback],
    type: 'web',
    jwks,
  });
  signer = made.app.id;
});

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

const usual = () => ({
  response_type: 'code',
  redirect_uri: callback,
  scope: 'openid',
  state: 's',
  code_challenge: challenge,
  code_challenge_method: 'S256',
});

const push = (form: Record<string, string>, by = app) =>
  post(`${room.issuer}/oauth/par`, {
    client_id: by.id,
    ...(by.secret !== undefined && { client_secret: by.secret }),
    ...form,
  });

const urlOf = (params: Record<string, string>) => `${room.issuer}/authorize?${new URLSearchParams(params)}`;

const openAt = (params: Record<string, string>) => appBrowser().open(urlOf(params));

describe('a pushed request', () => {
  it('signs in with openid-client, unmodified, and what stands beside it does not count', async () => {
    const pkce = client.randomPKCECodeVerifier();
    const url = await client.buildAuthorizationUrlWithPAR(app.config, {
      redirect_uri: callback,
      scope: 'openid profile offline_access',
      state: 'mine',
      code_challenge: await client.calculatePKCECodeChallenge(pkce),
      code_challenge_method: 'S256',
      connection: 'wechat',
    });
    expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
    url.searchParams.set('scope', 'openid email');
    url.searchParams.set('state', 'theirs');
    const before = room.logins.length;
    const browser = appBrowser();
    const landed = await throughPages(browser, await browser.open(url));
    expect(room.logins.slice(before)).toMatchObject([{ alias: 'wechat' }]);
    const checks = { pkceCodeVerifier: pkce, expectedState: 'mine' };
    const tokens = await client.authorizationCodeGrant(app.config, landed.url, checks);
    expect(tokens.scope?.split(' ').sort()).toEqual(['offline_access', 'openid', 'profile']);
    expect(tokens.refresh_token).toBeDefined();
  });

  it('leads to one code, however often a browser opens it in its minute', async () => {
    const { body } = await push(usual());
    expect(body).toMatchObject({ expires_in: 60 });
    const params = { client_id: app.id, request_uri: String(body.request_uri) };
    const browser = appBrowser();
    const reloaded = await browser.open(urlOf(params));
    const landed = await throughPages(browser, await browser.open(urlOf(params)));
    expect(landed.url.searchParams.get('code')).toBeTruthy();
    expect((await throughPages(browser, reloaded)).url.searchParams.has('code')).toBe(false);
    const again = await browser.open(urlOf(params));
    expect([again.status, again.stopped]).toEqual([400, false]);
    expect(again.text).toContain('already used');
  });

  it('of another app is refused, and so is one whose minute is over', async () => {
    const { body } = await push(usual());
    const other = await registerApp(room, { name: 'Other' });
    const request_uri = String(body.request_uri);
    const stolen = await openAt({ client_id: other.id, request_uri });
    expect([stolen.status, stolen.stopped]).toEqual([400, false]);
    const { rows } = await room.database.pool.query(
      `SELECT payload, expires_at - now() AS rest FROM artifact WHERE kind = 'PushedAuthorizationRequest'`,
    );
    for (const { payload } of rows)
      expect(payload).not.toContain(Buffer.from(callback).toString('base64url').slice(2, 12));
    await room.database.pool.query(
      `UPDATE artifact SET payload = regexp_replace(payload, '"exp":\\d+', '"exp":1') WHERE kind = 'PushedAuthorizationRequest'`,
    );
    await room.adopt();
    expect((await openAt({ client_id: app.id, request_uri })).text).toContain('expired');
  });

  it('needs the app’s own secret', async () => {
    const refused = { status: 401, body: { error: 'invalid_client' } };
    expect(await push({ ...usual(), client_secret: 'guessed' })).toMatchObject(refused);
    expect(await push({ ...usual(), client_id: signer, client_secret: app.secret ?? '' })).toMatchObject(
      refused,
    );
  });

  it.each<[string, Record<string, string>, string]>([
    ['an address that is not registered', { redirect_uri: 'https://app.example/other' }, 'invalid_request'],
    ['an unknown API', { resource: 'https://unknown.example' }, 'invalid_target'],
    ['an unknown audience', { audience: 'https://unknown.example' }, 'invalid_target'],
    ['no code challenge', { code_challenge: '', code_challenge_method: '' }, 'invalid_request'],
    ['no scope', { scope: '' }, 'invalid_scope'],
    ['a token response', { response_type: 'token' }, 'unsupported_response_type'],
    ['fragment mode', { response_mode: 'fragment' }, 'invalid_request'],
    [
      'another request_uri',
      { request_uri: 'urn:ietf:params:oauth:request_uri:x' },
      'request_uri_not_supported',
    ],
  ])('is checked like any other: %s', async (_name, change, error) => {
    const given = Object.entries({ ...usual(), ...change }).filter(([, value]) => value !== '');
    expect(await push(Object.fromEntries(given))).toMatchObject({ status: 400, body: { error } });
  });

  it('is checked like any other: its connection and its default scope', async () => {
    await room.issuance.apps.update(app.id, { defaultScope: 'openid email' });
    const { scope: _scope, ...rest } = usual();
    const { body } = await push({ ...rest, connection: 'linkonly' });
    const page = await openAt({ client_id: app.id, request_uri: String(body.request_uri) });
    expect([page.status, page.text.includes('cannot be used to sign in')]).toEqual([400, true]);
    await room.issuance.apps.update(app.id, { defaultScope: null });
  });

  it('comes as JSON from clients made for Auth0, and from a page of a single-page app', async () => {
    const spa = await registerApp(room, { type: 'spa', name: 'Spa' });
    const response = await fetch(`${room.issuer}/oauth/par`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://app.example' },
      body: JSON.stringify({ ...usual(), client_id: spa.id, audience: `${room.issuer}/v1` }),
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      201,
      'https://app.example',
    ]);
    const foreignPage = await post(
      `${room.issuer}/oauth/par`,
      { ...usual(), client_id: spa.id },
      { origin: 'https://evil.example' },
    );
    expect([foreignPage.status, foreignPage.headers.get('access-control-allow-origin')]).toEqual([400, null]);
    expect((await fetch(`${room.issuer}/oauth/par`)).status).toBe(405);
  });
});

const now = () => Math.floor(Date.now() / 1000);

async function object(
  change: Record<string, unknown> = {},
  by = signing,
  header: Record<string, unknown> = {},
): Promise<string> {
  return await new SignJWT({
    ...usual(),
    iss: signer,
    client_id: signer,
    aud: room.issuer,
    exp: now() + 60,
    ...change,
  })
    .setProtectedHeader({ alg: 'ES256', kid: 'k1', typ: 'oauth-authz-req+jwt', ...header })
    .sign(by);
}

const authorizeWith = async (request: string, beside: Record<string, string> = {}) => {
  const page = await openAt({ client_id: signer, ...beside, request });
  return { page, error: page.url.searchParams.get('error') ?? /invalid_\w+/.exec(page.text)?.[0] };
};

describe('a signed request', () => {
  it('signs in, by value and pushed, and its parameters are the only ones', async () => {
    const browser = appBrowser();
    const beside = { client_id: signer, state: 'theirs', scope: 'openid email' };
    const byValue = await browser.open(urlOf({ ...beside, request: await object({ state: 'signed' }) }));
    expect((await throughPages(browser, byValue)).url.searchParams.get('state')).toBe('signed');

    const assertion = await new SignJWT({
      iss: signer,
      sub: signer,
      aud: room.issuer,
      jti: 'once',
      exp: now() + 60,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .sign(signing);
    const pushed = await post(`${room.issuer}/oauth/par`, {
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
      request: await object({ state: 'signed' }),
      state: 'theirs',
    });
    expect(pushed.status).toBe(201);
    const start = await browser.open(
      urlOf({ client_id: signer, request_uri: String(pushed.body.request_uri) }),
    );
    const end = await throughPages(browser, start);
    expect(end.url.searchParams.get('state')).toBe('signed');
    expect(end.url.searchParams.get('code')).toBeTruthy();
  });

  it.each<[string, () => Promise<string>]>([
    [
      'without a signature',
      async () =>
        new UnsecuredJWT({
          ...usual(),
          iss: signer,
          client_id: signer,
          aud: room.issuer,
          exp: now() + 60,
        }).encode(),
    ],
    ['by a foreign key', () => object({}, foreign)],
    [
      'by HMAC with the client id',
      async () =>
        await new SignJWT({ ...usual(), iss: signer, client_id: signer, aud: room.issuer, exp: now() + 60 })
          .setProtectedHeader({ alg: 'HS256' })
          .sign(Buffer.from(signer.padEnd(32, 'x'))),
    ],
    ['of another app', () => object({ iss: app.id, client_id: app.id })],
    ['that names another app', () => object({ client_id: app.id })],
    ['that names no app', () => object({ client_id: undefined })],
    ['for another server', () => object({ aud: 'https://other.example' })],
    ['that is over', () => object({ exp: now() - 60 })],
    ['without an end', () => object({ exp: undefined })],
    ['with an end in two hours', () => object({ exp: now() + 7200 })],
    ['that could authenticate the app', () => object({ sub: signer })],
    ['of another type', () => object({}, signing, { typ: 'client-authentication+jwt' })],
    ['that holds another request', () => object({ request_uri: 'https://other.example/r' })],
    ['that is no JWT', async () => 'e30.e30.'],
  ])('a request object %s is refused', async (_name, make) => {
    const { page, error } = await authorizeWith(await make(), { redirect_uri: callback });
    expect(error).toBe('invalid_request_object');
    expect(page.url.searchParams.has('code')).toBe(false);
  });

  it('is checked like any other: its API, and its address', async () => {
    expect((await authorizeWith(await object({ resource: 'https://unknown.example' }))).error).toBe(
      'invalid_target',
    );
    const elsewhere = await authorizeWith(await object({ redirect_uri: 'https://evil.example/cb' }));
    expect([elsewhere.page.status, elsewhere.page.stopped]).toEqual([400, false]);
  });
});

describe('an app', () => {
  it('may be demanded to push, and to sign', async () => {
    await room.issuance.apps.update(app.id, { requirePushedAuthorizationRequests: true });
    const direct = await openAt({ client_id: app.id, ...usual() });
    expect(direct.url.searchParams.get('error')).toBe('invalid_request');
    const { body } = await push(usual());
    expect((await openAt({ client_id: app.id, request_uri: String(body.request_uri) })).status).toBe(200);

    await expect(
      room.issuance.apps.update(app.id, { requireSignedRequestObject: true }),
    ).rejects.toMatchObject({
      status: 422,
    });
    await room.issuance.apps.update(signer, { requireSignedRequestObject: true });
    const unsigned = await openAt({ client_id: signer, ...usual() });
    expect(unsigned.url.searchParams.get('error')).toBe('invalid_request');
    expect((await authorizeWith(await object())).page.status).toBe(200);
    await expect(room.issuance.apps.update(signer, { jwks: null })).rejects.toMatchObject({ status: 422 });
  });

  it('finds all of it in the metadata', async () => {
    expect(app.config.serverMetadata()).toMatchObject({
      pushed_authorization_request_endpoint: `${room.issuer}/oauth/par`,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      request_object_signing_alg_values_supported: ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519'],
    });
  });
});
