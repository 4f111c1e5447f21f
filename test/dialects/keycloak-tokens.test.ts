import { beforeAll, describe, expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';
import { getJson, postForm } from './ask.ts';

// Keycloak's three ways to retrieve a provider's token, and the attacks on them.

let world: World;
let app: TestApp;
let realm: string;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
  realm = `${world.issuer}/realms/symbolon`;
});

const everything = 'openid offline_access idp:wechat idp:google idp:github';
const signIn = (who: TestApp, connection = 'google', user = 'ada', scope?: string) =>
  who.signIn({ connection, user, ...(scope !== undefined && { scope }) });
const v1 = (alias: string, token?: string) => getJson(`${realm}/broker/${alias}/token`, token);

const credentials = ({ clientId, clientSecret }: TestApp) => ({
  client_id: clientId,
  client_secret: clientSecret,
});
const v2 = (alias: string, fields: Record<string, string>, headers = {}) =>
  postForm(`${realm}/broker/${alias}/token`, fields, headers);

const exchange = (who: TestApp, subject_token: string, more: Record<string, string> = {}) =>
  postForm(`${realm}/protocol/openid-connect/token`, {
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    ...credentials(who),
    subject_token,
    requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    requested_issuer: 'google',
    ...more,
  });

/** A person whose grant the provider has revoked. */
async function bereft(user: string): Promise<string> {
  const { access_token } = await signIn(app, 'google', user, everything);
  await world.control('POST', `google/users/${user}/revoke`);
  world.clock.advance(hours(2));
  return access_token;
}

describe('GET broker token (V1)', () => {
  it('answers with the provider’s own fields, without the refresh token', async () => {
    const { access_token } = await signIn(app, 'wechat', 'lin', everything);
    const answer = await v1('wechat', access_token);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        access_token: expect.any(String),
        expires_in: expect.any(Number),
        accessTokenExpiration: expect.any(Number),
        token_type: 'Bearer',
        scope: 'snsapi_login',
        openid: expect.any(String),
      },
    });
    expect(answer.body).not.toHaveProperty('refresh_token');
    expect(answer.body).not.toHaveProperty('id_token');
    expect(answer.headers.get('cache-control')).toBe('no-store');
    const called = await fetch(
      `${world.lab.url}/wechat/sns/auth?access_token=${answer.body.access_token}&openid=${answer.body.openid}`,
    );
    expect(await called.json()).toMatchObject({ errcode: 0 });
  });

  it('refuses a missing or invalid bearer with 400, as Keycloak does', async () => {
    const { id_token, refresh_token } = await signIn(app);
    for (const token of [undefined, 'nonsense', id_token, refresh_token])
      expect(await v1('google', token)).toMatchObject({
        status: 400,
        body: { errorMessage: 'Invalid token.', error: 'invalid_token' },
      });
    const inQuery = await getJson(`${realm}/broker/google/token?access_token=x`);
    expect(inQuery.status).toBe(400);
  });

  it('permits per provider, never by one role for all (keycloak#53059)', async () => {
    const narrow = await createApp(world, { connections: ['google'] });
    const { access_token } = await signIn(narrow, 'google', 'ada', everything);
    expect((await v1('google', access_token)).status).toBe(200);
    const refused = await v1('github', access_token);
    expect(refused).toMatchObject({
      status: 403,
      body: {
        errorMessage: `Client [${narrow.clientId}] not authorized to retrieve tokens from identity provider [github].`,
        error: 'connection_not_allowed',
      },
    });
    const bare = await signIn(app, 'google', 'ada', 'openid');
    expect(await v1('google', bare.access_token)).toMatchObject({
      status: 403,
      body: { error: 'insufficient_scope' },
    });
  });

  it('distinguishes not linked, several and ended grants, with the URL that resolves it', async () => {
    const { access_token } = await signIn(app, 'google', 'visitor-1', everything);
    const me = await callApi(world.issuer, '/v1/me', access_token);
    expect(await v1('github', access_token)).toMatchObject({
      status: 400,
      body: {
        errorMessage: `User [${me.body.id}] is not associated with identity provider [github].`,
        link_url: expect.stringContaining('/account/link/github'),
      },
    });
    const [identity] = me.body.identities as { subject: string }[];
    await linkSecond(world, String(me.body.id), 'google', 'second');
    expect((await v1('google', access_token)).status).toBe(409);
    const hinted = await getJson(
      `${realm}/broker/google/token?login_hint=${identity?.subject}`,
      access_token,
    );
    expect(hinted.status).toBe(200);
  });

  it('answers 502 if no refresh succeeds, and says whether that is final', async () => {
    const dead = await v1('google', await bereft('visitor-2'));
    expect(dead).toMatchObject({
      status: 502,
      body: {
        errorMessage: 'Unable to refresh token',
        error: 'reauthorization_required',
        reauthorize_url: expect.stringContaining('/account/identities/'),
      },
    });
    const { access_token } = await signIn(app, 'wechat', 'visitor-3', everything);
    world.clock.advance(hours(3));
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503', times: 1 });
    const passing = await v1('wechat', access_token);
    expect(passing).toMatchObject({ status: 502, body: { error: 'provider_unavailable' } });
    expect(Number(passing.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('is open to scripts of any origin, by bearer only, and by no other method', async () => {
    const url = `${realm}/broker/google/token`;
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { origin: 'https://spa.example' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(405);
    expect((await fetch(url.replace('symbolon', 'other'))).status).toBe(404);
  });
});

describe('POST broker token (V2)', () => {
  it('answers a client that authenticates, by form or by Basic', async () => {
    const { access_token: token } = await signIn(app);
    const { clientId, clientSecret } = app;
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    const answers = [
      await v2('google', { ...credentials(app), token }),
      await v2('google', { token }, { authorization: basic }),
    ];
    for (const answer of answers) {
      expect(answer).toMatchObject({
        status: 200,
        body: { access_token: expect.stringMatching(/^ya29\./), token_type: 'Bearer' },
      });
      expect(answer.body).not.toHaveProperty('refresh_token');
      expect(answer.headers.get('cache-control')).toBe('no-store');
    }
  });

  it('refuses with the documented errors', async () => {
    const { access_token: token } = await signIn(app, 'google', 'visitor-4', everything);
    const other = await createApp(world, { connections: [] });
    const bare = await signIn(other, 'google', 'ada', 'openid');
    const cases = [
      [await v2('google', { ...credentials(app), token: 'x' }), 400, 'invalid_token'],
      [await v2('google', { ...credentials(app), client_secret: 'x', token }), 401, 'invalid_client'],
      [await v2('google', { token }), 400, 'invalid_request'],
      [await v2('google', credentials(app)), 400, 'invalid_request'],
      [await v2('google', { ...credentials(other), token }), 403, 'unauthorized_client'],
      [await v2('google', { ...credentials(other), token: bare.access_token }), 403, 'invalid_client'],
      [await v2('github', { ...credentials(app), token }), 400, 'invalid_request'],
      [await v2('google', { ...credentials(app), token: await bereft('visitor-5') }), 400, 'token_expired'],
    ] as const;
    for (const [answer, status, error] of cases) {
      expect(answer).toMatchObject({ status, body: { error, error_description: expect.any(String) } });
      expect(answer.body).not.toHaveProperty('access_token');
    }
  });

  it('refuses public clients with its own error, whatever token they send', async () => {
    for (const type of ['spa', 'native'] as const) {
      const { app: open } = await world.broker.issuance.apps.create({
        name: 'Open',
        type,
        redirectUris: ['https://open.example/cb'],
        connections: [{ connection: 'google', background: false }],
      });
      const { access_token: token } = await signIn(app);
      const answer = await v2('google', { client_id: open.id, token });
      expect(answer).toMatchObject({
        status: 403,
        body: { error: 'invalid_client', error_description: 'Public clients are not allowed' },
      });
    }
  });

  it('gives no access to another grant, another connection or a second value', async () => {
    const { access_token: token, refresh_token } = await signIn(app, 'google', 'visitor-4', everything);
    const smuggled = await v2('github', {
      ...credentials(app),
      token,
      connection: 'google',
      grant_type: 'refresh_token',
      refresh_token: String(refresh_token),
    });
    expect(smuggled).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    const twice = new URLSearchParams([
      ...Object.entries(credentials(app)),
      ['token', token],
      ['token', 'x'],
    ]);
    const answer = await fetch(`${realm}/broker/google/token`, { method: 'POST', body: twice });
    expect(answer.status).toBe(400);
    const json = await fetch(`${realm}/broker/google/token`, {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    expect(json.status).toBe(415);
  });
});

describe('the legacy exchange', () => {
  it('exchanges an access token for the provider’s, with the URL to link again', async () => {
    const { access_token } = await signIn(app);
    const answer = await exchange(app, access_token);
    expect(answer).toMatchObject({
      status: 200,
      body: {
        access_token: expect.stringMatching(/^ya29\./),
        expires_in: expect.any(Number),
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        'account-link-url': expect.stringContaining('/account/link/google'),
      },
    });
    expect((await exchange(app, access_token, { requested_token_type: '' })).status).toBe(200);
  });

  it('refuses as documented', async () => {
    const { access_token, id_token } = await signIn(app, 'google', 'visitor-6', everything);
    const other = await createApp(world);
    const bare = await signIn(app, 'google', 'visitor-6', 'openid');
    const link = { 'account-link-url': expect.stringContaining('/account/') };
    const refresh = 'urn:ietf:params:oauth:token-type:refresh_token';
    const cases = [
      [await exchange(app, access_token, { requested_issuer: 'github' }), 400, 'not_linked', link],
      [await exchange(app, await bereft('visitor-7')), 400, 'token_expired', link],
      [await exchange(app, bare.access_token), 403, 'access_denied', {}],
      [await exchange(other, access_token), 400, 'invalid_token', {}],
      [await exchange(app, String(id_token)), 400, 'invalid_token', {}],
      [await exchange(app, access_token, { requested_token_type: refresh }), 400, 'invalid_request', {}],
      [await exchange(app, access_token, { subject_issuer: 'google' }), 400, 'invalid_request', {}],
      [await exchange(app, access_token, { requested_subject: 'usr_1' }), 400, 'invalid_request', {}],
      [await exchange(app, access_token, { audience: 'app_x' }), 400, 'invalid_request', {}],
    ] as const;
    for (const [answer, status, error, more] of cases)
      expect(answer).toMatchObject({ status, body: { error, ...more } });
  });
});
