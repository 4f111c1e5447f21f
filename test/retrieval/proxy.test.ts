import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { createProxyApp, type RawCall, rawCall } from './proxy-stage.ts';

// The proxy with the lab's providers: each takes its token in its own way.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createProxyApp(world, {
    google: [{ methods: ['GET'], path: '/v1/*' }],
    github: [{ methods: ['GET'], path: '/user' }],
    wechat: [{ methods: ['GET'], path: '/sns/**' }],
    facebook: [{ methods: ['GET'], path: '/me' }],
  });
});

const base = (ref: string) => `/v1/me/identities/${ref}/proxy`;
const call = (ref: string, path: string, token: string, more: RawCall = {}) =>
  rawCall(world.issuer, base(ref) + path, {
    ...more,
    headers: { ...more.headers, authorization: `Bearer ${token}` },
  });

async function counters(profile: string) {
  const { counters: all } = (await world.control('GET', profile)) as { counters: Record<string, number> };
  return all;
}

describe('the proxy', () => {
  it.each([
    ['google', '/v1/userinfo', 'sub'],
    ['github', '/user', 'login'],
    ['wechat', '/sns/userinfo?lang=en', 'openid'],
    ['facebook', '/me?fields=id,name', 'id'],
  ])('calls %s with the token in its place', async (connection, path, member) => {
    const { access_token } = await app.signIn({ connection, user: 'ada' });
    const answer = await call(connection, path, access_token);
    expect(answer.status, answer.text).toBe(200);
    expect(JSON.parse(answer.text)[member]).toBeDefined();
    expect(answer.headers['symbolon-provider']).toBe(connection === 'wechat' ? 'wechat-web' : connection);
    expect(answer.headers['cache-control']).toBe('no-store');
    const token = await callApi(world.issuer, `/v1/me/identities/${connection}/token`, access_token);
    expect(answer.text).not.toContain(token.body.access_token);
  });

  it('sends what the provider requires besides the token', async () => {
    const { access_token } = await app.signIn({ connection: 'facebook', user: 'ada' });
    await call('facebook', '/me', access_token);
    const log = (await world.control('GET', 'facebook/log')) as { path: string }[];
    expect(log.at(-1)?.path).toContain('/me');
    const answer = await call('facebook', '/me?appsecret_proof=wrong', access_token);
    expect(answer.status).toBe(400);
  });

  it('accepts an identity id as well as an alias, and only of this user', async () => {
    const mine = await app.signIn({ connection: 'google', user: 'visitor-1' });
    const theirs = await app.signIn({ connection: 'google', user: 'visitor-2' });
    const me = await callApi(world.issuer, '/v1/me', mine.access_token);
    const [identity] = me.body.identities as { id: string }[];
    const path = '/v1/userinfo';
    expect((await call(String(identity?.id), path, mine.access_token)).status).toBe(200);
    const foreign = await call(String(identity?.id), path, theirs.access_token);
    expect(foreign.status).toBe(404);
    expect(JSON.parse(foreign.text).code).toBe('identity_not_found');
  });

  it('is audited with the rule that allowed it, not with the path', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-3' });
    await call('google', '/v1/userinfo', access_token);
    const where = { type: 'token.proxied', connection: 'google' };
    await vi.waitFor(async () => {
      const event = await world.database.prisma.auditEvent.findFirst({ where });
      expect(event?.detail).toMatchObject({ background: false, method: 'GET', path: '/v1/*' });
    });
  });
});

describe('an expired token', () => {
  it.each([
    ['google', '/v1/userinfo', 'by its status'],
    ['wechat', '/sns/userinfo', 'by an errcode on 200'],
  ])('of %s, reported by %3$s, is refreshed once and the call is repeated', async (connection, path) => {
    const { access_token } = await app.signIn({ connection, user: 'lin' });
    expect((await call(connection, path, access_token)).status).toBe(200);
    world.clock.advance(1);
    await world.control('POST', `${connection}/expire`, { user: 'lin' });
    const before = await counters(connection);
    const answer = await call(connection, path, access_token);
    expect(answer.status).toBe(200);
    expect(answer.text).not.toContain('errcode');
    const after = await counters(connection);
    expect(Number(after.refresh) - Number(before.refresh)).toBe(1);
    expect(Number(after.profile) - Number(before.profile)).toBe(2);
  });

  it('with an ended grant needs the user, and the answer says so', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-4' });
    await world.control('POST', 'google/users/visitor-4/revoke');
    world.clock.advance(1);
    const answer = await call('google', '/v1/userinfo', access_token);
    expect(answer.status).toBe(409);
    expect(JSON.parse(answer.text)).toMatchObject({
      code: 'reauthorization_required',
      reauthorize_url: expect.stringContaining('/account/identities/'),
    });
  });

  it('that cannot be refreshed now leads to the provider’s own answer', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-5' });
    await world.control('POST', 'google/expire', { user: 'visitor-5' });
    await world.control('POST', 'google/faults', { on: 'refresh', fault: '503', times: 1 });
    world.clock.advance(1);
    const answer = await call('google', '/v1/userinfo', access_token);
    expect(answer.status).toBe(401);
    expect(answer.headers['symbolon-provider']).toBe('google');
    expect(answer.headers['www-authenticate']).toBeUndefined();
  });
});

describe('the policy', () => {
  const refused = async (connection: string, path: string, token: string, more: RawCall = {}) => {
    const before = await counters(connection);
    const answer = await call(connection, path, token, more);
    expect(await counters(connection)).toEqual(before);
    return { status: answer.status, code: JSON.parse(answer.text).code };
  };

  it('denies by default, and calls that no rule names', async () => {
    const closed = await createProxyApp(world, { google: [] });
    const none = await closed.signIn({ connection: 'google', user: 'ada' });
    const denied = { status: 403, code: 'connection_not_allowed' };
    expect(await refused('google', '/v1/userinfo', none.access_token)).toEqual(denied);
    const some = await app.signIn({ connection: 'google', user: 'ada' });
    expect(await refused('google', '/tokeninfo', some.access_token)).toEqual(denied);
    expect(await refused('google', '/v1/userinfo/more', some.access_token)).toEqual(denied);
    expect(await refused('google', '/v1/userinfo/', some.access_token)).toEqual(denied);
    expect(await refused('google', '/v1/', some.access_token)).toEqual(denied);
    expect(await refused('google', '/V1/userinfo', some.access_token)).toEqual(denied);
    const post = { method: 'POST', body: 'x' };
    expect(await refused('google', '/v1/userinfo', some.access_token, post)).toEqual(denied);
  });

  it('requires connection and scope as everywhere', async () => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada', scope: 'openid' });
    const scope = { status: 403, code: 'insufficient_scope' };
    expect(await refused('google', '/v1/userinfo', access_token)).toEqual(scope);
    const narrow = await createProxyApp(world, { github: [{ methods: ['GET'], path: '/**' }] });
    const theirs = await narrow.signIn({ connection: 'github', user: 'ada' });
    const line = { status: 403, code: 'connection_not_allowed' };
    expect(await refused('google', '/v1/userinfo', theirs.access_token)).toEqual(line);
  });

  it('may keep the token itself from an app, at every endpoint', async () => {
    const rules = { google: [{ methods: ['GET' as const], path: '/v1/*' }] };
    const proxied = await createProxyApp(world, rules, { handout: false });
    const { access_token } = await proxied.signIn({ connection: 'google', user: 'ada' });
    expect((await call('google', '/v1/userinfo', access_token)).status).toBe(200);
    const direct = await callApi(world.issuer, '/v1/me/identities/google/token', access_token);
    expect(direct).toMatchObject({ status: 403, body: { code: 'connection_not_allowed' } });
    const realm = `/realms/symbolon/broker/google/token`;
    expect((await callApi(world.issuer, realm, access_token)).status).toBe(403);
  });

  it.each([
    { methods: [], path: '/x' },
    { methods: ['TRACE'], path: '/x' },
    { methods: ['GET'], path: 'x' },
    { methods: ['GET'], path: '/../x' },
    { methods: ['GET'], path: '/a/**/b' },
    { methods: ['GET'], path: '/%2e%2e' },
    { methods: ['GET'], path: '//host/x' },
  ])('cannot be %o', async (rule) => {
    const connections = [{ connection: 'google', proxy: [rule] }];
    await expect(
      world.broker.issuance.apps.update(app.clientId, { connections } as never),
    ).rejects.toMatchObject({ status: 422 });
  });
});

describe('without the user', () => {
  const google = { connection: 'google', proxy: [{ methods: ['GET' as const], path: '/v1/*' }] };

  async function nightly(line: { background: boolean }) {
    const alone = await createApp(world);
    await world.broker.issuance.apps.update(alone.clientId, { connections: [{ ...google, ...line }] });
    const { access_token: present } = await alone.signIn({ connection: 'google', user: 'ada' });
    const userId = String((await callApi(world.issuer, '/v1/me', present)).body.id);
    const own = await oidc.clientCredentialsGrant(alone.configuration, { scope: 'idp:google' });
    world.remember(own.access_token);
    const path = `/v1/users/${userId}/identities/google/proxy/v1/userinfo`;
    const ask = (reason?: string, token = own.access_token) =>
      rawCall(world.issuer, `${path}?reason=in-the-query`, {
        headers: {
          authorization: `Bearer ${token}`,
          ...(reason !== undefined && { 'symbolon-reason': reason }),
        },
      });
    return { alone, userId, present, ask };
  }
  const codeOf = ({ status, text }: { status: number; text: string }) => [status, JSON.parse(text).code];

  it('an app calls under the same policy, with a reason', async () => {
    const { ask } = await nightly({ background: true });
    const answer = await ask('nightly report 17');
    expect([answer.status, JSON.parse(answer.text).sub]).toEqual([200, expect.any(String)]);
    expect(answer.headers['symbolon-provider']).toBe('google');
    const log = (await world.control('GET', 'google/log')) as { path: string }[];
    expect(log.at(-1)?.path).toContain('/v1/userinfo');
    await vi.waitFor(async () => {
      const details = await world.database.prisma.auditEvent.findMany({
        where: { type: 'token.proxied' },
        select: { detail: true },
      });
      const wanted = { background: true, method: 'GET', path: '/v1/*', reason: 'nightly report 17' };
      expect(details).toContainEqual({ detail: wanted });
    });
  });

  it.each([[undefined], [''], ['   '], ['x'.repeat(257)]])(
    'an app does not call without a valid reason',
    async (reason) => {
      const { ask } = await nightly({ background: true });
      const before = await counters('google');
      expect(codeOf(await ask(reason))).toEqual([400, 'invalid_request']);
      expect(await counters('google')).toEqual(before);
    },
  );

  it('an app calls only if policy and consent allow it, and only with its own token', async () => {
    const refused = await nightly({ background: false });
    expect(codeOf(await refused.ask('why'))).toEqual([403, 'connection_not_allowed']);
    const { alone, userId, present, ask } = await nightly({ background: true });
    expect(codeOf(await ask('why', present))).toEqual([401, 'invalid_token']);
    await world.broker.issuance.withdrawConsent(userId, alone.clientId, 'idp:google');
    expect(codeOf(await ask('why'))).toEqual([403, 'consent_required']);
  });
});

describe('a path', () => {
  it.each([
    '/../google/v1/userinfo',
    '/v1/../userinfo',
    '/v1/%2e%2e/userinfo',
    '/v1/.%2E/userinfo',
    '/v1/..;/userinfo',
    '/v1/.;x/userinfo',
    '/./v1/userinfo',
    '/v1%5cuserinfo',
    '/v1\\userinfo',
    '/v1/%252e%252e/userinfo',
    '/v1/user%00info',
    '/v1/user%0d%0ainfo',
    '//evil.example/v1/userinfo',
    '/v1//userinfo',
    '/@evil.example/userinfo',
    '/x:y@evil.example/userinfo',
    '/http://evil.example/userinfo',
    '@evil.example/userinfo',
  ])('with another meaning is refused: %s', async (path) => {
    const open = await createProxyApp(world, { google: [{ methods: ['GET'], path: '/**' }] });
    const { access_token } = await open.signIn({ connection: 'google', user: 'ada' });
    const before = await counters('google');
    const answer = await call('google', path, access_token);
    expect([400, 404]).toContain(answer.status);
    // The provider's answer shows it.
    expect(answer.headers['symbolon-provider']).toBeUndefined();
    expect(await counters('google')).toEqual(before);
  });

  it.each(['method=delete', '_method=PUT'])('with %s is refused', async (query) => {
    const { access_token } = await app.signIn({ connection: 'facebook', user: 'ada' });
    const answer = await call('facebook', `/me?${query}`, access_token);
    expect(answer.status).toBe(400);
  });

  it.each(['access_token=x', 'ACCESS_TOKEN=x', '%61ccess_token=x'])('with %s is refused', async (query) => {
    const { access_token } = await app.signIn({ connection: 'wechat', user: 'ada' });
    expect((await call('wechat', `/sns/userinfo?${query}`, access_token)).status).toBe(400);
  });

  it.each(['TRACE', 'OPTIONS', 'PROPFIND'])('requested with %s is refused', async (method) => {
    const { access_token } = await app.signIn({ connection: 'google', user: 'ada' });
    const answer = await call('google', '/v1/userinfo', access_token, { method });
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toContain('GET');
  });
});
