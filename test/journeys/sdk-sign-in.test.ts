import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createSdk, tokenExchange, types } from '../support/sdk.ts';
import { createWorld, type World } from '../support/world.ts';

const connections = [
  'google',
  'facebook',
  'wechat',
  'wechat-mini-program',
  'dingtalk',
  'kakao',
  'line',
  'apple',
  'microsoft',
];

const proofs = [
  ['google', 'id_token'],
  ['facebook', 'access_token'],
  ['facebook', 'id_token'],
  ['wechat', 'code'],
  ['dingtalk', 'code'],
  ['kakao', 'id_token'],
  ['kakao', 'access_token'],
  ['line', 'id_token'],
  ['line', 'access_token'],
  ['apple', 'id_token'],
  ['apple', 'code'],
  ['microsoft', 'id_token'],
] as const;

let world: World;
let app: TestApp;
let stranger: TestApp;
let sdk: ReturnType<typeof createSdk>;

beforeAll(async () => {
  world = await createWorld({
    providers: ['wechat-mini-program', 'microsoft', 'dingtalk', 'kakao', 'line', 'apple'],
  });
  app = await createApp(world, { firstParty: true, connections });
  stranger = await createApp(world);
  sdk = createSdk(world, app);
});

const fromSdk: typeof sdk.fromSdk = (...ask) => sdk.fromSdk(...ask);
const trade: typeof sdk.trade = (...ask) => sdk.trade(...ask);
const signedIn: typeof sdk.signedIn = (...ask) => sdk.signedIn(...ask);

describe('an app that signed a person in by a provider’s SDK', () => {
  it('gets access tokens that state no sign-in, also by refreshing: such a proof can be presented again', async () => {
    const admin = await createApp(world, { firstParty: true });
    await world.broker.issuance.apps.update(admin.clientId, { apis: [`${world.issuer}/admin/v1`] });
    const { trade, fromSdk } = createSdk(world, admin);
    const value = await fromSdk('facebook', { user: 'lin', kind: 'access_token' });
    const ask = { scope: 'openid offline_access admin', audience: `${world.issuer}/admin/v1` };
    const { body } = await trade('facebook', { kind: 'access_token', value }, ask);
    const renewed = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: admin.clientId,
        client_secret: admin.clientSecret ?? '',
        refresh_token: String(body.refresh_token),
      }),
    });
    const fresh = (await renewed.json()) as Record<string, unknown>;
    world.remember(String(fresh.access_token));
    world.remember(String(fresh.refresh_token));
    const { sub } = decodeJwt(String(body.id_token));
    await world.broker.identities.setRoles(String(sub), ['owner']);
    for (const token of [body.access_token, fresh.access_token]) {
      const call = adminClient({ ...world, adminToken: String(token) });
      expect((await call('GET', '/me')).body).toMatchObject({ signed_in_at: null, dangerous_until: null });
    }
    await world.broker.identities.setRoles(String(sub), []);
  });

  it.each(proofs)('gets our tokens for the proof of %s: %s', async (connection, kind) => {
    const scope = `openid profile offline_access idp:${connection}`;
    const { status, body } = await signedIn(connection, { user: 'lin', kind }, { scope });
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { token_type: 'Bearer', issued_token_type: types.access_token, expires_in: 3600 },
    });
    const me = await callApi(world.issuer, '/v1/me', String(body.access_token));
    expect(me.body).toMatchObject({ identities: [{ connection }] });
    const keys = createRemoteJWKSet(new URL(`${world.issuer}/.well-known/jwks.json`));
    const claims = { issuer: world.issuer, audience: app.clientId };
    const { payload } = await jwtVerify(String(body.id_token), keys, {
      ...claims,
      currentDate: world.clock.now(),
    });
    expect(payload.sub).toBe((me.body as { id: string }).id);
    const renewed = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        refresh_token: String(body.refresh_token),
        client_id: app.clientId,
        client_secret: app.clientSecret,
      }),
    });
    const again = (await renewed.json()) as Record<string, string>;
    world.remember(again.access_token, again.refresh_token, again.id_token);
    expect(renewed.status).toBe(200);
    expect((await callApi(world.issuer, '/v1/me', again.access_token ?? '')).status).toBe(200);
  });

  it('finds the same user as the browser does', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'ada' });
    const { body } = await signedIn('google', { user: 'ada', kind: 'id_token' });
    const me = await callApi(world.issuer, '/v1/me', String(body.access_token));
    expect((me.body as { id: string }).id).toBe(tokens.claims()?.sub);
  });

  it('of a mini-program finds the user of the website, by their shared id', async () => {
    const tokens = await app.signIn({ connection: 'wechat', user: 'visitor-7' });
    const { body } = await signedIn('wechat-mini-program', { user: 'visitor-7', kind: 'code' });
    const me = await callApi(world.issuer, '/v1/me', String(body.access_token));
    expect((me.body as { id: string }).id).toBe(tokens.claims()?.sub);
  });

  it('may retrieve the provider’s token if the SDK provided one', async () => {
    const { body } = await signedIn('wechat', { user: 'ada', kind: 'code' }, { scope: 'openid idp:wechat' });
    const token = await callApi(world.issuer, '/v1/me/identities/wechat/token', String(body.access_token));
    expect(token).toMatchObject({ status: 200, body: { identity: { connection: 'wechat' } } });
  });

  it('gets a token for the API that it requests', async () => {
    const answer = await signedIn(
      'google',
      { user: 'lin', kind: 'id_token' },
      { resource: 'https://unknown.example' },
    );
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } });
  });
});

describe('no person is signed in', () => {
  it.each(proofs)('by a proof that %s issued to another app', async (connection, kind) => {
    const answer = await signedIn(connection, { user: 'lin', kind, audience: 'another-app' });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  });

  it('by an audience that only begins like ours', async () => {
    const { registration } = (await world.broker.connections.find('google')) ?? {};
    const audience = `${registration?.clientId}x`;
    expect(await signedIn('google', { user: 'lin', kind: 'id_token', audience })).toMatchObject({
      status: 400,
    });
  });

  it('at a connection whose audience is not configured', async () => {
    const call = adminClient(world);
    const { body } = await call('GET', '/connections/google');
    await call('POST', '/connections', {
      alias: 'google-without-audience',
      provider: 'google',
      client_id: body.client_id,
      client_secret: 'secret',
      endpoints: body.endpoints,
    });
    const value = await fromSdk('google', { user: 'lin', kind: 'id_token' });
    const answer = await trade('google-without-audience', { kind: 'id_token', value });
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    expect(answer.body.error_description).toContain('native_audience');
  });

  it('at a connection that is disabled, or for linking only', async () => {
    const call = adminClient(world);
    const proof = { user: 'visitor-41', kind: 'access_token' } as const;
    const before = await world.database.prisma.user.count();
    for (const [off, on] of [
      [{ enabled: false }, { enabled: true }],
      [{ for: 'linking' }, { for: 'login' }],
    ]) {
      expect((await call('PATCH', '/connections/kakao', off)).status).toBe(200);
      const answer = await signedIn('kakao', proof);
      expect((await call('PATCH', '/connections/kakao', on)).status).toBe(200);
      expect(answer, JSON.stringify(off)).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
    }
    expect(await world.database.prisma.user.count()).toBe(before);
    expect((await signedIn('kakao', proof)).status).toBe(200);
  });

  it('by a code, if only apps other than its client are listed', async () => {
    const call = adminClient(world);
    const { body } = await call('GET', '/connections/dingtalk');
    const options = (native_audience: unknown) =>
      call('PATCH', '/connections/dingtalk', { options: { native_audience } });
    await options('another-app');
    const answer = await signedIn('dingtalk', { user: 'visitor-42', kind: 'code' });
    await options((body.options as Record<string, string>).native_audience);
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } });
  });

  it.each(['id_token', 'access_token', 'code'] as const)(
    'by an %s that no header or form of the provider could carry, and the provider is not asked',
    async (kind) => {
      const at = { id_token: 'google', access_token: 'kakao', code: 'wechat' }[kind];
      const failed = { where: { type: 'login.failed' } };
      const before = await world.database.prisma.auditEvent.count(failed);
      for (const value of ['a\r\nX-Evil: 1', 'a\0b', 'a b', 'a\tb', 'naïve', '林', 'a\u007f', '\u{1f98a}']) {
        const answer = await trade(at, { kind, value });
        expect(answer, JSON.stringify(value)).toMatchObject({
          status: 400,
          body: { error: 'invalid_request', error_description: expect.stringContaining('subject_token') },
        });
      }
      expect(await world.database.prisma.auditEvent.count(failed)).toBe(before);
    },
  );

  it('for a single-page app', async () => {
    const { app: page } = await world.broker.issuance.apps.create({
      name: 'Page',
      type: 'spa',
      redirectUris: ['https://app.example/'],
      firstParty: true,
    });
    const value = await fromSdk('google', { user: 'lin', kind: 'id_token' });
    const body = new URLSearchParams({
      grant_type: tokenExchange,
      client_id: page.id,
      subject_issuer: 'google',
      subject_token: value,
      subject_token_type: types.id_token,
    });
    const answer = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
    expect(await answer.json()).toMatchObject({ error: 'unauthorized_client' });
  });

  it('by an ID token that is expired, tampered with, unsigned, or for another nonce', async () => {
    const ask = { user: 'lin', kind: 'id_token' } as const;
    const good = await fromSdk('google', ask);
    const [head, payload, signature] = good.split('.');
    const none = Buffer.from('{"alg":"none"}').toString('base64url');
    const bad = [
      await fromSdk('google', { ...ask, expires_in: -3600 }),
      `${head}.${payload}.${signature?.slice(0, -8)}AAAAAAAA`,
      `${none}.${payload}.`,
      'not-a-token',
    ];
    for (const value of bad)
      expect(await trade('google', { kind: 'id_token', value }), value).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      });
    const bound = await fromSdk('google', { ...ask, nonce: 'n-1' });
    expect((await trade('google', { kind: 'id_token', value: bound }, { nonce: 'n-2' })).status).toBe(400);
    expect((await trade('google', { kind: 'id_token', value: bound }, { nonce: 'n-1' })).status).toBe(200);
  });

  it('by what Google signs for other purposes, or for several apps at the request of another', async () => {
    const { registration } = (await world.broker.connections.find('google')) ?? {};
    const now = Math.floor(world.clock.now().getTime() / 1000);
    const good = {
      iss: registration?.issuer,
      aud: registration?.clientId,
      sub: '107769150061234567890',
      iat: now,
      exp: now + 3600,
    };
    const outcome = async (claims: object, typ?: string) => {
      const { token } = (await world.control('POST', 'google/sign', { claims, typ })) as { token: string };
      world.remember(token);
      const { status, body } = await trade('google', { kind: 'id_token', value: token });
      return body.error ?? status;
    };
    expect(await outcome(good)).toBe(200);
    expect(await outcome({ ...good, aud: [good.aud, 'another'], azp: good.aud })).toBe(200);
    const before = await world.database.prisma.user.count();
    for (const change of [
      { events: { 'http://schemas.openid.net/event/backchannel-logout': {} } },
      { aud: [good.aud, 'another'] },
      { aud: [good.aud, 'another'], azp: 'another' },
      { sub: 1234 },
      { sub: '' },
      { sub: '1'.repeat(300) },
      { sub: 'a\0b' },
      { iat: now + 4000, exp: now + 8000 },
      { iat: now - 2 * 86_400 },
      { iat: now - 3700 },
    ])
      expect(await outcome({ ...good, ...change }), JSON.stringify(change)).toBe('invalid_grant');
    for (const typ of ['at+jwt', 'logout+jwt', 'secevent+jwt'])
      expect(await outcome(good, typ), typ).toBe('invalid_grant');
    expect(await world.database.prisma.user.count()).toBe(before);
  });

  it('by a code a second time, or by a kind that this provider has no SDK for', async () => {
    const value = await fromSdk('wechat', { user: 'lin', kind: 'code' });
    expect((await trade('wechat', { kind: 'code', value })).status).toBe(200);
    expect(await trade('wechat', { kind: 'code', value })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    for (const connection of ['github', 'nowhere', 'wechat'])
      expect(await trade(connection, { kind: 'id_token', value: 'x' })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request' },
      });
  });

  it('for an app that requires consent, until it was given', async () => {
    const ask = { user: 'mallory', kind: 'id_token' } as const;
    const refused = await signedIn('google', ask, { as: stranger, scope: 'openid profile email' });
    expect(refused).toMatchObject({ status: 400, body: { error: 'interaction_required' } });
    const unheard = await signedIn('google', ask, { as: stranger, scope: 'unheard-of' });
    expect(unheard).toMatchObject({ status: 400, body: { error: 'interaction_required' } });
    await stranger.signIn({ connection: 'google', user: 'mallory' });
    expect(await signedIn('google', ask, { as: stranger, scope: 'openid profile email' })).toMatchObject({
      status: 200,
    });
  });

  it('with more than the person has consented to', async () => {
    const ask = { user: 'visitor-31', kind: 'id_token' } as const;
    await stranger.signIn({ connection: 'google', user: ask.user, scope: 'openid' });
    const outcome = async (scope: string) => {
      const { status, body } = await signedIn('google', ask, { as: stranger, scope });
      return body.error ?? status;
    };
    expect(await outcome('openid')).toBe(200);
    for (const scope of ['openid email', 'openid offline_access', 'openid idp:google'])
      expect(await outcome(scope), scope).toBe('interaction_required');
  });

  it('if disabled, or if the provider is unavailable', async () => {
    const tokens = await app.signIn({ connection: 'google', user: 'visitor-9' });
    const userId = tokens.claims()?.sub ?? '';
    await world.broker.identities.setDisabled(userId, true);
    expect(await signedIn('google', { user: 'visitor-9', kind: 'id_token' })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    });
    await world.control('POST', 'wechat/faults', { on: 'token', fault: '503' });
    expect(await signedIn('wechat', { user: 'lin', kind: 'code' })).toMatchObject({
      status: 503,
      body: { error: 'temporarily_unavailable' },
    });
  });
});

it('a public app on a phone signs people in too, and gets nothing more by this grant', async () => {
  const { app: phone } = await world.broker.issuance.apps.create({
    name: 'Phone app',
    type: 'native',
    redirectUris: ['com.example.phone:/callback'],
    firstParty: true,
    connections: [{ connection: 'google' }],
  });
  const as = { ...app, clientId: phone.id, clientSecret: '' };
  const value = await fromSdk('google', { user: 'lin', kind: 'id_token' });
  const form = (more: Record<string, string>) =>
    fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({ grant_type: tokenExchange, client_id: as.clientId, ...more }),
    });
  const answer = await form({
    subject_issuer: 'google',
    subject_token: value,
    subject_token_type: types.id_token,
    scope: 'openid idp:google',
  });
  const { access_token } = (await answer.json()) as { access_token: string };
  world.remember(access_token);
  expect(answer.status).toBe(200);
  const exchange = await form({
    subject_token: access_token,
    subject_token_type: types.access_token,
    requested_token_type: 'urn:symbolon:token-type:idp-access-token',
    connection: 'google',
  });
  expect({ status: exchange.status, body: await exchange.json() }).toMatchObject({
    status: 400,
    body: { error: 'unauthorized_client' },
  });
});
