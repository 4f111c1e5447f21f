import { decodeJwt } from 'jose';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { hours, seconds } from '../../src/kit/clock.ts';
import { createApp, type TestApp, type Tokens } from '../support/app.ts';
import { linkSecond } from '../support/second-account.ts';
import { createWorld, type World } from '../support/world.ts';

// Section F: the retrieval endpoint. Each case sends the hostile request and checks that nothing went out upstream.

let world: World;
let app: TestApp;
let person = 0;

beforeAll(async () => {
  world = await createWorld({ providers: ['discord'] });
  app = await createApp(world);
});

beforeEach(() => {
  person += 1;
});

const someone = () => `visitor-${person}`;

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function get(path: string, token?: string, headers: Record<string, string> = {}): Promise<Answer> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const response = await fetch(`${world.issuer}/v1${path}`, { headers: { ...authorization, ...headers } });
  const text = await response.text();
  expect(response.headers.get('cache-control')).toBe('no-store');
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text) as Record<string, unknown>,
  };
}

/** RFC 9728: the address that each challenge names. */
const metadata = () => `${world.issuer}/.well-known/oauth-protected-resource/v1`;

const tokenOf = (ref: string, { access_token }: Tokens) => get(`/me/identities/${ref}/token`, access_token);

async function refusal(answer: Answer, status: number, code: string) {
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.body).toMatchObject({
    type: expect.stringContaining(code),
    title: expect.any(String),
    status,
    code,
    detail: expect.any(String),
    request_id: expect.stringMatching(/^req_/),
  });
  expect(answer.status).toBe(status);
  expect(answer.body).not.toHaveProperty('access_token');
}

async function upstreamCalls(): Promise<number> {
  const logs = ['wechat', 'facebook', 'google', 'github'].map((profile) =>
    world.control('GET', `${profile}/log`),
  );
  return ((await Promise.all(logs)) as unknown[][]).reduce((sum, log) => sum + log.length, 0);
}

/** No call to a provider may be made before a refusal. */
async function withoutUpstream(ask: () => Promise<Answer>): Promise<Answer> {
  const before = await upstreamCalls();
  const answer = await ask();
  expect(await upstreamCalls()).toBe(before);
  return answer;
}

describe('an app', () => {
  it('with a policy for one connection is refused another of the same user', async () => {
    const narrow = await createApp(world, { connections: ['github'] });
    const tokens = await narrow.signIn({
      connection: 'github',
      user: someone(),
      scope: 'openid idp:github idp:google',
    });
    expect(tokens.scope).not.toContain('idp:google');
    await refusal(await withoutUpstream(() => tokenOf('google', tokens)), 403, 'connection_not_allowed');
  });

  it('gets nothing that the user allowed another app', async () => {
    await app.signIn({ connection: 'github', user: someone() });
    const other = await createApp(world);
    const tokens = await other.signIn({ connection: 'github', user: someone(), scope: 'openid' });
    const answer = await withoutUpstream(() => tokenOf('github', tokens));
    await refusal(answer, 403, 'insufficient_scope');
    expect(answer.headers.get('www-authenticate')).toContain('scope="idp:github"');
    expect(answer.headers.get('www-authenticate')).toContain(`resource_metadata="${metadata()}"`);
  });

  it('with a token for sign-in only is refused before the vault is read', async () => {
    const tokens = await app.signIn({ connection: 'wechat', user: someone(), scope: 'openid' });
    await refusal(await withoutUpstream(() => tokenOf('wechat', tokens)), 403, 'insufficient_scope');
  });

  it('loses its access when its policy is withdrawn', async () => {
    const doomed = await createApp(world);
    const tokens = await doomed.signIn({ connection: 'github', user: someone() });
    expect((await tokenOf('github', tokens)).status).toBe(200);
    await world.broker.issuance.apps.update(doomed.clientId, { connections: [] });
    await refusal(await tokenOf('github', tokens), 403, 'connection_not_allowed');
  });
});

describe('a token', () => {
  it.each([
    ['missing', undefined],
    ['nonsense', 'nonsense'],
    ['a JWT without an issuer', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9.'],
  ])('that is %s gets 401 with a challenge', async (_name, token) => {
    const answer = await withoutUpstream(() => get('/me/identities/wechat/token', token));
    await refusal(answer, 401, 'invalid_token');
    expect(answer.headers.get('www-authenticate')).toBe(
      `Bearer error="invalid_token", resource_metadata="${metadata()}"`,
    );
  });

  it('for another API is refused', async () => {
    const { apis, apps } = world.broker.issuance;
    await apis.ensure({
      identifier: 'https://api.example',
      name: 'API',
      scopes: [{ name: 'read', description: 'Read' }],
    });
    await apps.update(app.clientId, { apis: ['https://api.example'] });
    const parameters = { audience: 'https://api.example' };
    const tokens = await app.signIn({
      connection: 'github',
      user: someone(),
      scope: 'openid read',
      parameters,
    });
    await refusal(await withoutUpstream(() => tokenOf('github', tokens)), 401, 'invalid_token');
  });

  it('in the URL is refused, and no answer is cacheable', async () => {
    const { access_token } = await app.signIn({ connection: 'github', user: someone() });
    await refusal(
      await get(`/me/identities/github/token?access_token=${access_token}`),
      400,
      'invalid_request',
    );
    const answer = await get('/me/identities/github/token', access_token, { 'if-none-match': '*' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('etag')).toBeNull();
  });

  it('that is an ID token or a provider’s token gets 401', async () => {
    const tokens = await app.signIn({ connection: 'github', user: someone() });
    const { body } = await tokenOf('github', tokens);
    await refusal(await get('/me', tokens.id_token), 401, 'invalid_token');
    await refusal(await get('/me', String(body.access_token)), 401, 'invalid_token');
  });
});

describe('an identity', () => {
  it('of another person, unknown or not linked gets the same answer', async () => {
    const mine = await app.signIn({
      connection: 'github',
      user: someone(),
      scope: 'openid idp:github idp:google',
    });
    const theirs = await app.signIn({ connection: 'google', user: someone() });
    const { body } = await get('/me/identities', theirs.access_token);
    const [foreign] = body.identities as { id: string }[];
    const unknown = 'idn_01hzzzzzzzzzzzzzzzzzzzzzzz';
    const answers = await Promise.all(
      [foreign?.id ?? '', unknown, 'no-such-connection'].map((ref) => tokenOf(ref, mine)),
    );
    for (const answer of answers) await refusal(answer, 404, 'identity_not_found');
    const [first, ...rest] = answers.map(({ body: { request_id: _, ...same } }) => same);
    for (const other of rest) expect(other).toEqual(first);
    const notLinked = await tokenOf('google', mine);
    await refusal(notLinked, 404, 'identity_not_found');
    expect(notLinked.body.link_url).toContain(`${world.issuer}/account/link/google`);
  });

  it('must be named if there are two at a connection', async () => {
    const tokens = await app.signIn({ connection: 'google', user: someone() });
    const { body } = await get('/me', tokens.access_token);
    await linkSecond(world, String(body.id), 'google', `second-${person}`);
    const answer = await withoutUpstream(() => tokenOf('google', tokens));
    await refusal(answer, 409, 'identity_selection_required');
    const listed = answer.body.identities as { id: string; name: string }[];
    expect(listed).toHaveLength(2);
    expect((await tokenOf(listed[0]?.id ?? '', tokens)).status).toBe(200);
  });

  it('at a disabled connection has no token', async () => {
    const own = await createApp(world, { connections: ['discord'] });
    const tokens = await own.signIn({ connection: 'discord', user: someone(), scope: 'openid idp:discord' });
    const { connections } = world.broker;
    expect((await tokenOf('discord', tokens)).status).toBe(200);
    await connections.change('discord', { enabled: false });
    await refusal(await withoutUpstream(() => tokenOf('discord', tokens)), 404, 'identity_not_found');
    await connections.change('discord', { enabled: true });
    expect((await tokenOf('discord', tokens)).status).toBe(200);
  });

  it('of a disabled user is unavailable at once', async () => {
    const tokens = await app.signIn({ connection: 'github', user: someone() });
    const { body } = await get('/me', tokens.access_token);
    await world.broker.identities.setDisabled(String(body.id), true);
    await world.broker.issuance.revokeUser(String(body.id));
    await refusal(await tokenOf('github', tokens), 401, 'invalid_token');
  });
});

describe('the scopes that the provider must have granted', () => {
  it('are checked without a call upstream, and the refusal says how to get them', async () => {
    const tokens = await app.signIn({ connection: 'google', user: someone() });
    const path = '/me/identities/google/token?scope=calendar';
    const answer = await withoutUpstream(() => get(path, tokens.access_token));
    await refusal(answer, 403, 'insufficient_upstream_scope');
    expect(answer.body).toMatchObject({
      missing: ['calendar'],
      reauthorize_url: expect.stringContaining('scope=calendar'),
    });
  });

  it('are refused if the policy of the app does not allow them', async () => {
    const { apps } = world.broker.issuance;
    const narrow = await createApp(world);
    await apps.update(narrow.clientId, { connections: [{ connection: 'google', scopes: ['openid'] }] });
    const tokens = await narrow.signIn({ connection: 'google', user: someone() });
    await refusal(
      await get('/me/identities/google/token?scope=email', tokens.access_token),
      403,
      'connection_not_allowed',
    );
    expect((await get('/me/identities/google/token?scope=openid', tokens.access_token)).status).toBe(200);
  });
});

describe('a query', () => {
  it.each([
    'min_ttl=-1',
    'min_ttl=86401',
    'min_ttl=1e3',
    'min_ttl=',
    'min_ttl=%00',
    'min_ttl=1&min_ttl=2',
    'force=yes',
    'scope[a]=b&scope=a&scope=b',
  ])('%s is refused', async (query) => {
    const tokens = await app.signIn({ connection: 'github', user: 'lin' });
    const answer = await withoutUpstream(() =>
      get(`/me/identities/github/token?${query}`, tokens.access_token),
    );
    await refusal(answer, 400, 'invalid_request');
  });
});

describe('a script of another origin', () => {
  const origin = 'https://spa.example';
  const at = (path: string, method: string) =>
    fetch(`${world.issuer}/v1${path}`, {
      method,
      headers: { origin, 'access-control-request-method': 'GET' },
    });

  it.each(['/me', '/me/identities', '/me/identities/github/token'])('may request %s', async (path) => {
    const preflight = await at(path, 'OPTIONS');
    expect([preflight.status, preflight.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const refused = await at(path, 'GET');
    expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, '*']);
    expect(refused.headers.get('access-control-expose-headers')).toContain('Retry-After');
    const wrong = await at(path, 'POST');
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
  });

  it('may not act as an app alone, whose secret does not belong in a browser', async () => {
    const answer = await at('/users/usr_x/identities/github/token', 'OPTIONS');
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    expect(answer.headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('a failing provider', () => {
  it('is distinguished from an ended grant', async () => {
    const tokens = await app.signIn({ connection: 'wechat', user: someone() });
    world.clock.advance(hours(3));
    const fresh = await app.signIn({ connection: 'github', user: someone() }).then(() => tokens);
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503', times: 1 });
    const answer = await tokenOf('wechat', fresh);
    await refusal(answer, 503, 'provider_unavailable');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('with an invalid answer leads to provider_error with the step', async () => {
    const tokens = await app.signIn({ connection: 'wechat', user: someone() });
    world.clock.advance(hours(3));
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: 'html', times: 1 });
    const answer = await tokenOf('wechat', tokens);
    await refusal(answer, 502, 'provider_error');
    expect(answer.body).toMatchObject({ step: 'refresh' });
  });

  it('is protected from an app that forces refreshes', async () => {
    const tokens = await app.signIn({ connection: 'google', user: someone() });
    world.clock.advance(1);
    const force = () => get('/me/identities/google/token?force=true', tokens.access_token);
    expect((await force()).status).toBe(200);
    world.clock.advance(1);
    const answer = await withoutUpstream(force);
    await refusal(answer, 429, 'too_many_requests');
    expect(answer.headers.get('retry-after')).toBe('10');
  });
});

describe('an ended grant', () => {
  it('answers with reason, since and the URL that resolves it, and its token is never returned', async () => {
    const tokens = await app.signIn({ connection: 'google', user: someone() });
    await world.control('POST', `google/users/${someone()}/revoke`);
    world.clock.advance(seconds(3590));
    const answer = await tokenOf('google', tokens);
    await refusal(answer, 409, 'reauthorization_required');
    expect(answer.body).toMatchObject({
      reason: 'rejected',
      since: expect.any(String),
      reauthorize_url: expect.stringMatching(/\/account\/identities\/idn_\w+\/reauthorize/),
    });
    const { body } = await get('/me/identities', tokens.access_token);
    expect(body.identities).toMatchObject([
      { token: { state: 'reauthorization_required', reason: 'rejected' } },
    ]);
  });
});

describe('an app acting without the user', () => {
  async function background(options: { background: boolean }) {
    const service = await createApp(world, options);
    const { access_token } = await service.signIn({ connection: 'github', user: someone() });
    const { body } = await get('/me', access_token);
    await world.broker.issuance.apps.update(service.clientId, {
      connections: [{ connection: 'github', ...options }],
    });
    const basic = Buffer.from(`${service.clientId}:${service.clientSecret}`).toString('base64');
    const response = await fetch(`${world.issuer}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${basic}` },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'idp:github' }),
    });
    const own = (await response.json()) as { access_token: string };
    return {
      path: `/users/${String(body.id)}/identities/github/token`,
      own: own.access_token,
      users: access_token,
    };
  }

  it('must give a reason, which is audited', async () => {
    const { path, own } = await background({ background: true });
    await refusal(await get(path, own), 400, 'invalid_request');
    await refusal(await get(`${path}?reason=${'x'.repeat(257)}`, own), 400, 'invalid_request');
    await refusal(await get(`${path}?reason=a%00b`, own), 400, 'invalid_request');
    expect((await get(path, own, { 'symbolon-reason': 'nightly sync' })).status).toBe(200);
    const where = { type: 'token.retrieved', detail: { path: ['reason'], equals: 'nightly sync' } };
    // Audit events of retrievals are written in batches, after the answer.
    await vi.waitFor(async () =>
      expect(await world.database.prisma.auditEvent.findFirst({ where })).not.toBeNull(),
    );
  });

  it('is refused unless its policy allows it', async () => {
    const { path, own } = await background({ background: false });
    expect(decodeJwt(own).scope).toBeUndefined();
    await refusal(await get(`${path}?reason=x`, own), 403, 'connection_not_allowed');
  });

  it('cannot use a user’s token there, nor its own on /v1/me', async () => {
    const { path, own, users } = await background({ background: true });
    await refusal(await get(`${path}?reason=x`, users), 401, 'invalid_token');
    await refusal(await get('/me/identities/github/token', own), 401, 'invalid_token');
  });
});
