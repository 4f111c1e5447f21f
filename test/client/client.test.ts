import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClient, type Problem, providerRequest, SymbolonError } from '../../src/client/client.ts';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, freePort, type World } from '../support/world.ts';

// The library against the real broker and the lab.

let world: World;
let app: TestApp;
let visitors = 0;
/** The requests that the broker received. */
let asked: string[];

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});
beforeEach(() => {
  asked = [];
});

function client(options: { maxAge?: number; maxEntries?: number } = {}) {
  const counting: typeof fetch = (input, init) => {
    asked.push(String(input));
    return fetch(input, init);
  };
  const now = () => world.clock.now().getTime();
  return createClient({ issuer: `${world.issuer}/`, fetch: counting, now, ...options });
}

async function signIn(connection: string, scope?: string) {
  const user = `visitor-${++visitors}`;
  const tokens = await app.signIn({ connection, user, ...(scope !== undefined && { scope }) });
  return { user, accessToken: tokens.access_token };
}

async function problemOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SymbolonError)) throw error ?? new Error('it was not refused');
  return error;
}

describe('tokens', () => {
  it.each([
    ['github', '/user', 'login'],
    ['wechat', '/sns/userinfo', 'openid'],
  ])('of %s work at the provider when sent as the answer says', async (connection, path, member) => {
    const { accessToken } = await signIn(connection);
    const token = await client().as(accessToken).token(connection);
    expect(token.identity).toMatchObject({ connection });
    const answer = await fetch(providerRequest(token, path));
    expect(await answer.json()).toHaveProperty(member);
    for (const away of ['user', '@evil.example/', '.evil.example/', ':1/'])
      expect(() => providerRequest(token, away)).toThrow(TypeError);
    const versioned = { ...token, usage: { ...token.usage, apiBase: 'https://api.example/v1' } };
    for (const away of ['/../admin', '/users/../../admin', '/%2e%2e/admin', '/..\\admin', '/..'])
      expect(() => providerRequest(versioned, away), away).toThrow(TypeError);
    expect(new URL(providerRequest(versioned, '/users/../me').url).pathname).toBe('/v1/me');
    expect(new URL(providerRequest(token, '//evil.example/').url).origin).toBe(
      new URL(token.usage.apiBase).origin,
    );
  });

  it('are retrieved once for concurrent callers, and cached while they are valid', async () => {
    const { accessToken } = await signIn('google');
    const mine = client().as(() => accessToken);
    const tokens = await Promise.all(Array.from({ length: 50 }, () => mine.token('google')));
    expect(new Set(tokens.map((token) => token.accessToken)).size).toBe(1);
    expect(asked).toHaveLength(1);
    world.clock.advance(seconds(299));
    await mine.token('google', { minTtl: 600 });
    expect(asked).toHaveLength(1);
    await mine.token('google', { scope: ['openid', 'email'] });
    expect(asked).toHaveLength(2);
    expect(new URL(asked[1] ?? '').searchParams.get('scope')).toBe('openid email');
    // A token that was revoked in the meantime is noticed soon.
    world.clock.advance(seconds(2));
    await mine.token('google');
    expect(asked).toHaveLength(3);
  });

  it('are never returned after their expiry, nor with less remaining life than requested', async () => {
    const { accessToken } = await signIn('google');
    const patient = client({ maxAge: 86_400 }).as(accessToken);
    const first = await patient.token('google');
    world.clock.advance((first.expiresAt?.getTime() ?? 0) - world.clock.now().getTime() - minutes(2));
    expect((await patient.token('google')).accessToken).toBe(first.accessToken);
    expect(asked).toHaveLength(1);
    const longer = await patient.token('google', { minTtl: 300 });
    expect(longer.accessToken).not.toBe(first.accessToken);
    expect(longer.expiresAt?.getTime()).toBeGreaterThan(world.clock.now().getTime() + minutes(5));
    expect(asked).toHaveLength(2);
  });

  it('belong to the person of the access token, in a bounded cache', async () => {
    const [one, other] = [await signIn('github'), await signIn('github')];
    const shared = client({ maxEntries: 1 });
    const first = await shared.as(one.accessToken).token('github');
    const second = await shared.as(other.accessToken).token('github');
    expect(first.identity.subject).not.toBe(second.identity.subject);
    await shared.as(one.accessToken).token('github');
    expect(asked).toHaveLength(3);
  });

  it('are replaced on request after the provider has refused them', async () => {
    const { accessToken } = await signIn('google');
    const mine = client().as(accessToken);
    const refused = await mine.token('google');
    const fresh = await mine.token('google', { force: true });
    expect(fresh.accessToken).not.toBe(refused.accessToken);
    expect((await mine.token('google')).accessToken).toBe(fresh.accessToken);
    expect(asked).toHaveLength(2);
  });

  it('are retrieved in the background, with a reason', async () => {
    const robot = await createApp(world, { background: true, connections: ['github'] });
    const user = `visitor-${++visitors}`;
    const signedIn = await robot.signIn({ connection: 'github', user });
    const me = await fetch(`${world.issuer}/v1/me`, {
      headers: { authorization: `Bearer ${signedIn.access_token}` },
    });
    const { id } = (await me.json()) as { id: string };
    const credentials = async () => {
      const answer = await fetch(`${world.issuer}/oauth/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(`${robot.clientId}:${robot.clientSecret}`)}` },
        body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'idp:github' }),
      });
      return ((await answer.json()) as { access_token: string }).access_token;
    };
    const token = await client()
      .inBackground(credentials, { user: id, reason: 'nightly backup' })
      .token('github');
    expect(token.identity).toMatchObject({ connection: 'github' });
    // Retrievals are written to the audit log in batches.
    await vi.waitFor(async () => {
      const { rows } = await world.database.pool.query(
        `SELECT detail ->> 'reason' AS reason FROM audit_event WHERE type = 'token.retrieved' AND user_id = $1`,
        [id],
      );
      expect(rows).toContainEqual({ reason: 'nightly backup' });
    }, 10_000);
  });
});

describe('refusals are typed and carry the URL that resolves them', () => {
  it('for the access token, its scope and the policy', async () => {
    const bad = await problemOf(client().as('nonsense').token('github'));
    expect(bad).toMatchObject({
      status: 401,
      problem: { code: 'invalid_token' },
      requestId: expect.any(String),
    });
    const { accessToken } = await signIn('github');
    const lacking = await problemOf(client().as(accessToken).token('google'));
    expect(lacking.problem).toEqual({ code: 'insufficient_scope', scope: 'idp:google' });
    const modest = await createApp(world, { connections: ['github'] });
    const asking = { connection: 'github', user: 'ada', scope: 'openid idp:github' };
    const { access_token } = await modest.signIn(asking);
    const foreign = await problemOf(client().as(access_token).token('google'));
    expect(foreign).toMatchObject({ status: 403, problem: { code: 'connection_not_allowed' } });
  });

  it('for accounts: none, two, and one that needs reauthorization', async () => {
    const both = 'openid offline_access idp:github idp:google';
    const { user, accessToken } = await signIn('github', both);
    const none = await problemOf(client().as(accessToken).token('google'));
    expect(none.problem).toEqual({
      code: 'identity_not_found',
      linkUrl: expect.stringContaining(`${world.issuer}/`),
    });
    const narrow = await problemOf(client().as(accessToken).token('github', { scope: 'repo' }));
    expect(narrow.problem).toMatchObject({
      code: 'insufficient_upstream_scope',
      missing: ['repo'],
      reauthorizeUrl: expect.stringContaining(world.issuer),
    });
    const { accessToken: second, user: revoked } = await signIn('google');
    expect(user).not.toBe(revoked);
    await world.control('POST', `google/users/${revoked}/revoke`);
    const dead = await problemOf(client().as(second).token('google', { force: true }));
    expect(dead.problem).toMatchObject({
      code: 'reauthorization_required',
      reason: expect.any(String),
      since: expect.any(String),
      reauthorizeUrl: expect.stringContaining(world.issuer),
    });
  });

  it('for a provider that may recover', async () => {
    const { accessToken } = await signIn('google');
    await world.control('POST', 'google/faults', { on: 'refresh', fault: '503', times: 3 });
    const mine = client().as(accessToken);
    const away = await problemOf(mine.token('google', { force: true }));
    expect(away).toMatchObject({
      status: 503,
      problem: { code: 'provider_unavailable', retryAfter: expect.any(Number) },
    });
    await world.control('DELETE', 'google/faults');
  });

  it('for a server that is not the broker', async () => {
    const silent = createClient({ issuer: `http://localhost:${await freePort()}` });
    expect((await problemOf(silent.as('x').token('github'))).code).toBe('unreachable');
    const answer = (body: string, init: ResponseInit) =>
      createClient({ issuer: 'http://localhost', fetch: async () => new Response(body, init) });
    const proxy = await problemOf(answer('<h1>Bad gateway</h1>', { status: 502 }).as('x').token('github'));
    expect(proxy).toMatchObject({ code: 'unreachable', status: 502 });
    const page = await problemOf(answer('<h1>Welcome</h1>', { status: 200 }).as('x').token('github'));
    expect(page.code).toBe('unreachable');
    const empty = await problemOf(answer('{}', { status: 200 }).as('x').token('github'));
    expect(empty.code).toBe('unreachable');
    const newer = JSON.stringify({ code: 'something_new', status: 409 });
    const headers = { 'content-type': 'application/problem+json' };
    const refused: Problem = { code: 'refused', refusal: 'something_new' };
    const unknown = await problemOf(answer(newer, { status: 409, headers }).as('x').token('github'));
    expect(unknown.problem).toEqual(refused);
    const choice = JSON.stringify({
      code: 'identity_selection_required',
      identities: [{ id: 'idn_1', name: 'work' }, { id: 'idn_2', name: null }, 'x'],
    });
    const several = await problemOf(answer(choice, { status: 409, headers }).as('x').token('github'));
    expect(several.problem).toEqual({
      code: 'identity_selection_required',
      identities: [
        { id: 'idn_1', name: 'work' },
        { id: 'idn_2', name: null },
      ],
    });
  });

  it('the access token is never sent to the target of a redirect', async () => {
    const moved: typeof fetch = (_input, init) => fetch(`${world.issuer}/`, init);
    const problem = await problemOf(
      createClient({ issuer: world.issuer, fetch: moved }).as('x').token('github'),
    );
    expect(problem.code).toBe('unreachable');
  });
});
