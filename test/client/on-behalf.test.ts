import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient, SymbolonError } from '../../src/client/client.ts';
import { minutes } from '../../src/kit/clock.ts';
import { type ApiStage, createApiStage, signInFor } from '../retrieval/on-behalf-stage.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// The library acts for the callers of an API, against the real broker.

let world: World;
let stage: ApiStage;
/** The requests that the broker received. */
let asked: string[];

beforeAll(async () => {
  world = await createWorld();
  stage = await createApiStage(world);
});

function client(credentials: object | undefined = stage.api) {
  asked = [];
  const counting: typeof fetch = (input, init) => {
    asked.push(new URL(String(input)).pathname);
    return fetch(input, init);
  };
  const now = () => world.clock.now().getTime();
  const { clientId, clientSecret } = stage.api;
  const own = credentials === stage.api ? { clientId, clientSecret } : credentials;
  return createClient({
    issuer: world.issuer,
    fetch: counting,
    now,
    ...(own && { credentials: own as { clientId: string } }),
  });
}

async function problemOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SymbolonError)) throw error ?? new Error('it was not refused');
  return error;
}

describe('on behalf of a caller', () => {
  it('gets the provider’s token, once for all who ask at a time', async () => {
    const caller = client().onBehalfOf(() => stage.token);
    const tokens = await Promise.all(Array.from({ length: 5 }, () => caller.token('google')));
    expect(tokens[0]).toMatchObject({
      accessToken: expect.stringMatching(/^ya29\./),
      identity: { connection: 'google' },
      usage: { transport: 'header' },
    });
    expect(asked).toEqual(['/oauth/token']);
    const forced = await caller.token('google', { force: true });
    expect(forced.accessToken).not.toBe(tokens[0]?.accessToken);
    expect((await caller.token('google')).accessToken).toBe(forced.accessToken);
    expect(asked).toHaveLength(2);
  });

  it('calls the provider by the proxy with a token of five minutes, which it keeps for as long', async () => {
    const caller = client().onBehalfOf(stage.token);
    const answer = await caller.proxy('google', '/v1/userinfo?x=1', {
      headers: { accept: 'application/json' },
    });
    expect([answer.status, await answer.json()]).toMatchObject([200, { sub: expect.any(String) }]);
    await caller.proxy('google', '/v1/userinfo');
    const call = '/v1/me/identities/google/proxy/v1/userinfo';
    expect(asked).toEqual(['/oauth/token', call, call]);
    world.clock.advance(minutes(4.6));
    expect((await caller.proxy('google', '/v1/userinfo')).status).toBe(200);
    expect(asked.filter((path) => path === '/oauth/token')).toHaveLength(2);
    const { scopes, expiresAt } = await caller.exchange({ scope: 'idp:google' });
    expect(scopes).toEqual(['idp:google']);
    expect(expiresAt.getTime()).toBeGreaterThan(world.clock.now().getTime());
  });

  it('tells the broker’s refusals from the provider’s answers', async () => {
    const caller = client().onBehalfOf(stage.token);
    expect((await problemOf(caller.proxy('google', '/v1/other'))).code).toBe('connection_not_allowed');
    await world.control('POST', 'google/faults', { on: 'profile', fault: '503', times: 1 });
    expect((await caller.proxy('google', '/v1/userinfo')).status).toBe(503);
    for (const away of ['/../../token', '/%2e%2e/token', '/..\\token', 'v1/userinfo', '.evil/'])
      await expect(caller.proxy('google', away), away).rejects.toThrow(TypeError);
  });

  it('names the page on which a person connects what is missing', async () => {
    const { token } = await signInFor(stage.app, stage.api, {
      user: 'visitor-90',
      scope: 'openid notes:read',
    });
    const caller = client().onBehalfOf(token);
    for (const call of [() => caller.token('google'), () => caller.proxy('google', '/v1/userinfo')]) {
      const { problem, status } = await problemOf(call());
      expect([problem, status]).toEqual([
        { code: 'access_denied', connection: 'google', connectUrl: expect.stringContaining(world.issuer) },
        400,
      ]);
    }
  });

  it('notices at the next call that the person has withdrawn their consent', async () => {
    const mine = await createApiStage(world);
    const { clientId, clientSecret } = mine.api;
    const caller = client({ clientId, clientSecret }).onBehalfOf(mine.token);
    expect((await caller.proxy('google', '/v1/userinfo')).status).toBe(200);
    await world.broker.issuance.withdrawConsent(mine.userId, mine.app.clientId, 'idp:google');
    // The withdrawal has ended the caller's token too.
    expect((await problemOf(caller.proxy('google', '/v1/userinfo'))).code).toBe('invalid_grant');
    expect(asked.filter((path) => path === '/oauth/token')).toHaveLength(2);
  });

  it('says when the token is for another API, and when the credentials are wrong', async () => {
    const other = await createApp(world);
    const { access_token } = await other.signIn({ connection: 'google', user: 'ada' });
    expect((await problemOf(client().onBehalfOf(access_token).token('google'))).code).toBe('invalid_grant');
    const wrong = client({ clientId: stage.api.clientId, clientSecret: 'wrong' }).onBehalfOf(stage.token);
    expect((await problemOf(wrong.token('google'))).problem).toEqual({
      code: 'refused',
      refusal: 'invalid_client',
    });
    const without = createClient({ issuer: world.issuer }).onBehalfOf(stage.token);
    await expect(without.token('google')).rejects.toThrow(TypeError);
  });
});

describe('the proxy for an app', () => {
  it('carries the app’s own access token, or in the background its reason', async () => {
    const app = await createApp(world, { background: true, connections: ['google'] });
    const proxy = [{ methods: ['GET' as const, 'POST' as const], path: '/v1/**' }];
    await world.broker.issuance.apps.update(app.clientId, {
      connections: [{ connection: 'google', background: true, proxy, handout: false }],
    });
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-91' });
    const mine = client().as(access_token);
    expect((await mine.proxy('google', '/v1/userinfo')).headers.get('symbolon-provider')).toBe('google');
    expect((await problemOf(mine.token('google'))).code).toBe('connection_not_allowed');
    const robot = await oidc.clientCredentialsGrant(app.configuration, { scope: 'idp:google' });
    world.remember(robot.access_token);
    const user = String((await callApi(world.issuer, '/v1/me', access_token)).body.id);
    const away = client().inBackground(robot.access_token, { user, reason: 'nightly' });
    expect((await away.proxy('google', '/v1/userinfo')).status).toBe(200);
    const ended = client().as('not.a.token');
    expect((await problemOf(ended.proxy('google', '/v1/userinfo'))).code).toBe('invalid_token');
  });
});
