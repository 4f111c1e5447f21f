import { decodeJwt } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PresentedToken } from '../../src/http/bearer.ts';
import { unconfirmedIssuer } from '../../src/identities/unconfirmed.ts';
import { type OnBehalfDeps, onBehalfOf } from '../../src/retrieval/on-behalf.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import {
  type ApiStage,
  createApi,
  createApiStage,
  createCaller,
  exchangeAs,
  ownToken,
  ownType,
  providerToken,
  providerType,
  signInFor,
} from './on-behalf-stage.ts';

// Attacks on the exchange by which an API acts on behalf of its callers.

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterEach(() => {
  vi.useRealTimers();
});

const refused = (error: string) => ({ status: 400, body: { error } });
/** Tries both exchanges. */
async function both(stage: Pick<ApiStage, 'api' | 'token'>, error: string) {
  expect(await providerToken(world, stage)).toMatchObject(refused(error));
  expect(await ownToken(world, stage)).toMatchObject(refused(error));
}
const proxied = (token: unknown) =>
  callApi(world.issuer, '/v1/me/identities/google/proxy/v1/userinfo', String(token));

describe('a subject token that is refused', () => {
  it('is for another API', async () => {
    const [mine, theirs] = [await createApiStage(world), await createApiStage(world)];
    await both({ api: mine.api, token: theirs.token }, 'invalid_grant');
  });

  it('is for /v1, or no access token at all', async () => {
    const { api, app, refresh } = await createApiStage(world);
    const own = await createApp(world);
    const { access_token, id_token } = await own.signIn({ connection: 'google', user: 'ada' });
    for (const token of [access_token, String(id_token), refresh, 'x', api.clientSecret])
      await both({ api, token }, 'invalid_grant');
    // The app that the token was issued to has no part in the exchange either.
    const { token } = await signInFor(app, api, { user: 'ada' });
    expect(await providerToken(world, { api: { ...api, ...app }, token })).toMatchObject(
      refused('invalid_grant'),
    );
  });

  it('came from an exchange: there is no third hop', async () => {
    const stage = await createApiStage(world);
    const client = await createApp(world, { connections: ['google'] });
    await world.broker.issuance.apis.update(stage.api.clientId, { client: client.clientId });
    const api = { ...client, identifier: stage.api.identifier };
    const { body } = await ownToken(world, { api, token: stage.token });
    const token = String(body.access_token);
    expect(decodeJwt(token)).toMatchObject({
      client_id: client.clientId,
      act: { sub: client.clientId, act: { sub: stage.app.clientId } },
    });
    expect((await proxied(token)).status).toBe(200);
    // Its client id is this very app, whose own tokens for /v1 are exchanged.
    await both({ api, token }, 'invalid_grant');
    await both({ api: stage.api, token }, 'invalid_grant');
    const realm = `${world.issuer}/realms/symbolon/broker/google/token`;
    const keycloak = await fetch(realm, { headers: { authorization: `Bearer ${token}` } });
    expect(keycloak.status).toBe(400);
  });

  it('ended a second ago', async () => {
    const stage = await createApiStage(world);
    const { exp = 0 } = decodeJwt(stage.token);
    vi.useFakeTimers({ toFake: ['Date'], now: (exp - 1) * 1000 });
    const last = await ownToken(world, stage);
    // The new token ends with the old one.
    expect(last).toMatchObject({ status: 200, body: { expires_in: 1 } });
    vi.setSystemTime((exp + 1) * 1000);
    await both(stage, 'invalid_grant');
    expect((await proxied(last.body.access_token)).status).toBe(401);
  });

  it('names another actor, no person, or too many actors', async () => {
    const token = { userId: 'usr_1', clientId: 'app_1', scopes: new Set(['idp:google']) };
    const tried = async (more: object) => {
      const api = { id: 'api_1', identifier: 'https://a.example', connections: [] };
      const deps = {
        apis: { ofClient: async () => [api] },
        apiUses: { addedTo: async () => ({ scopes: [], connections: [] }) },
        verifyFor: async () => ({ ...token, granted: { connections: [], at: new Date() }, ...more }),
        identities: { findUser: async () => ({ disabledAt: null }) },
        requireBound: async () => ({}),
        refusals: { noteInvalidToken: () => undefined },
        heard: { whenCurrent: async () => true },
      } as unknown as OnBehalfDeps;
      const refusal = () => new Error('refused');
      const presented = { token: 'x', by: 'received', request: {} } as unknown as PresentedToken;
      return (await onBehalfOf(deps, 'api_1', { token: presented, sender: {}, refusal }))?.caller.onBehalf;
    };
    expect(await tried({})).toEqual({ api: 'api_1', app: 'app_1', actors: ['api_1', 'app_1'] });
    expect(await tried({ mayAct: 'api_1' })).toBeDefined();
    const one = { api: 'api_0', app: 'app_1', actors: ['api_0', 'app_1'] };
    expect(await tried({ onBehalf: one })).toMatchObject({ actors: ['api_1', 'api_0', 'app_1'] });
    const two = { ...one, actors: ['api_0', 'api_9', 'app_1'] };
    for (const more of [{ mayAct: 'api_2' }, { userId: undefined }, { onBehalf: two }])
      await expect(tried(more)).rejects.toThrow('refused');
  });
});

describe('a client that may not exchange', () => {
  it('keeps no secret, or has a wrong one', async () => {
    const { api, token } = await createApiStage(world);
    const { app } = await world.broker.issuance.apps.create({
      name: 'Phone',
      type: 'native',
      redirectUris: ['http://127.0.0.1/cb'],
    });
    const phone = { ...api, clientId: app.id, clientSecret: '' };
    await both({ api: phone, token }, 'unauthorized_client');
    const wrong = { ...api, clientSecret: 'wrong' };
    expect((await ownToken(world, { api: wrong, token })).status).toBe(401);
    // An app that keeps no secret cannot act for an API.
    const change = world.broker.issuance.apis.update(api.clientId, { client: app.id });
    await expect(change).rejects.toMatchObject({ code: 'invalid_request', status: 422 });
  });

  it('an API signs no person in, and gets no token for itself', async () => {
    const { api } = await createApiStage(world);
    const more = { subject_issuer: 'google', requested_token_type: ownType };
    expect(await exchangeAs(world, api, 'x', more)).toMatchObject(refused('invalid_grant'));
    const body = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: api.clientId,
      client_secret: api.clientSecret,
    });
    const own = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
    expect(await own.json()).toMatchObject({ error: 'unauthorized_client' });
  });
});

describe('what ends in the meantime', () => {
  const endings: Readonly<Record<string, (stage: ApiStage) => Promise<unknown>>> = {
    'the app is removed': ({ app }) => world.broker.issuance.apps.remove(app.clientId),
    'the app is switched off': ({ app }) =>
      world.broker.issuance.apps.update(app.clientId, { enabled: false }),
    'the API is removed': ({ api }) => world.broker.issuance.apis.remove(api.clientId),
    'the consent is withdrawn': ({ userId, app }) =>
      world.broker.issuance.withdrawConsent(userId, app.clientId),
    'the consent to this API is withdrawn': ({ userId, app, api }) =>
      world.broker.issuance.withdrawConsent(userId, app.clientId, {
        api: api.identifier,
        scopes: ['idp:google'],
      }),
    'the person is signed out of everything': ({ userId }) => world.broker.issuance.revokeUser(userId),
    'the policy lacks the connection': ({ api }) =>
      world.broker.issuance.apis.update(api.clientId, { connections: [] }),
    async 'the person is disabled'({ userId }) {
      const response = await fetch(`${world.issuer}/admin/v1/users/${userId}`, {
        method: 'PATCH',
        headers: { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' },
        body: JSON.stringify({ disabled: true }),
      });
      expect(response.status).toBe(200);
    },
  };

  it.each(Object.entries(endings))('ends the exchange and the exchanged token: %s', async (_, end) => {
    const stage = await createApiStage(world);
    const token = (await ownToken(world, stage)).body.access_token;
    expect((await proxied(token)).status).toBe(200);
    await end(stage);
    expect((await providerToken(world, stage)).status).toBeGreaterThanOrEqual(400);
    expect((await ownToken(world, stage)).status).toBeGreaterThanOrEqual(400);
    expect((await proxied(token)).status).toBeOneOf([401, 403]);
  });

  it('an API that has got another app to act for it leaves the former one without', async () => {
    const stage = await createApiStage(world);
    const [former, next] = [await createApp(world), await createApp(world)];
    const { apis, apps } = world.broker.issuance;
    await apis.update(stage.api.clientId, { client: former.clientId });
    const api = { ...former, identifier: stage.api.identifier };
    const token = (await ownToken(world, { api, token: stage.token })).body.access_token;
    await apis.update(stage.api.clientId, { client: next.clientId });
    expect((await proxied(token)).status).toBe(403);
    await both({ api, token: stage.token }, 'invalid_grant');
    const last = { ...next, identifier: stage.api.identifier };
    const nextToken = (await ownToken(world, { api: last, token: stage.token })).body.access_token;
    await apps.update(next.clientId, { enabled: false });
    expect((await proxied(nextToken)).status).toBe(401);
  });
});

describe('a request that asks for more', () => {
  it('names a scope or connection that policy, consent or grant lacks', async () => {
    const both = [{ connection: 'google' }, { connection: 'github' }];
    const stage = await createApiStage(world, { api: { connections: both } });
    const names = (scope: string) => ownToken(world, stage, { scope });
    expect((await names('idp:google idp:github idp:wechat openid')).body.scope).toBe('idp:google');
    expect(await names('idp:github')).toMatchObject(refused('access_denied'));
    expect(await names('idp:wechat')).toMatchObject(refused('invalid_scope'));
    expect(await names('notes:read')).toMatchObject(refused('invalid_scope'));
    expect(await providerToken(world, stage, { connection: 'wechat' })).toMatchObject(
      refused('invalid_target'),
    );
    expect(await providerToken(world, stage, { connection: 'github' })).toMatchObject(
      refused('access_denied'),
    );
    await world.broker.issuance.apis.update(stage.api.clientId, {
      connections: [{ connection: 'google', scopes: ['openid'] }],
    });
    expect(await providerToken(world, stage, { scope: 'https://mail.example/all' })).toMatchObject(
      refused('invalid_scope'),
    );
  });

  it('gets a token of the proxy only, where the policy hands none out', async () => {
    const connections = [
      { connection: 'google', handout: false, proxy: [{ methods: ['GET' as const], path: '/v1/userinfo' }] },
    ];
    const stage = await createApiStage(world, { api: { connections } });
    expect(await providerToken(world, stage)).toMatchObject(refused('invalid_target'));
    const token = String((await ownToken(world, stage)).body.access_token);
    expect((await proxied(token)).status).toBe(200);
    expect((await callApi(world.issuer, '/v1/me/identities/google/token', token)).status).toBe(403);
    const other = '/v1/me/identities/google/proxy/v1/other';
    expect((await callApi(world.issuer, other, token)).status).toBe(403);
  });

  it('spells the resource otherwise, or names another', async () => {
    const { api, token } = await createApiStage(world);
    const { host } = new URL(world.issuer);
    const ask = (resource: string, more = {}) => exchangeAs(world, api, token, { resource, ...more });
    for (const same of [`${world.issuer}/v1`, `HTTP://${host.toUpperCase()}/v1`])
      expect((await ask(same)).status).toBe(200);
    const others = ['/v1/', '/v1?', '/%76%31', '/V1', '//v1', '/v1#x', '', '/userinfo', '/admin/v1'];
    for (const path of others)
      expect(await ask(world.issuer + path)).toMatchObject(refused('invalid_target'));
    expect(await ask(api.identifier)).toMatchObject(refused('invalid_target'));
    expect(await ask(`${world.issuer}/v1`, { audience: api.identifier })).toMatchObject(
      refused('invalid_target'),
    );
    const body = new URLSearchParams([
      ['grant_type', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      ['client_id', api.clientId],
      ['client_secret', api.clientSecret],
      ['subject_token', token],
      ['subject_token_type', ownType],
      ['resource', `${world.issuer}/v1`],
      ['resource', api.identifier],
    ]);
    const twice = await fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
    expect(twice.status).toBe(400);
  });

  it('brings an actor token that is not its own', async () => {
    const stage = await createApiStage(world);
    const service = await createApp(world, { connections: ['google'], background: true });
    const { clientId, clientSecret, configuration } = service;
    await world.broker.issuance.apis.update(stage.api.clientId, { client: clientId });
    const api = { clientId, clientSecret, identifier: stage.api.identifier };
    const { clientCredentialsGrant } = await import('openid-client');
    const { access_token: own } = await clientCredentialsGrant(configuration, { scope: 'idp:google' });
    world.remember(own);
    const acting = (actor_token: string) =>
      ownToken(world, { api, token: stage.token }, { actor_token, actor_token_type: ownType });
    const answer = await acting(own);
    expect(decodeJwt(String(answer.body.access_token)).act).toMatchObject({ sub: clientId });
    const { access_token: persons } = await service.signIn({ connection: 'google', user: 'ada' });
    for (const wrong of [stage.token, persons, 'x'])
      expect(await acting(wrong)).toMatchObject(refused('invalid_request'));
    expect(await ownToken(world, { api, token: stage.token }, { actor_token: own })).toMatchObject(
      refused('invalid_request'),
    );
  });

  it('asks for an account that no provider has confirmed', async () => {
    const stage = await createApiStage(world);
    const issuer = unconfirmedIssuer('google');
    await world.database.pool.query('UPDATE identity SET issuer = $1 WHERE user_id = $2', [
      issuer,
      stage.userId,
    ]);
    await world.adopt();
    await both(stage, 'access_denied');
  });
});

describe('an opaque subject token', () => {
  it('is exchanged like a JWT, and ends like one', async () => {
    const stage = await createApiStage(world, { api: { accessTokenFormat: 'opaque' } });
    expect(stage.token).not.toContain('.');
    expect((await providerToken(world, stage)).status).toBe(200);
    const token = (await ownToken(world, stage)).body.access_token;
    expect((await proxied(token)).status).toBe(200);
    await world.broker.issuance.withdrawConsent(stage.userId, stage.app.clientId);
    await both(stage, 'invalid_grant');
    expect((await proxied(token)).status).toBe(401);
  });
});

describe('the audit log', () => {
  it('names API, app and person for what was given and refused', async () => {
    const stage = await createApiStage(world);
    const other = await createApi(world);
    const caller = await createCaller(world, [other.identifier]);
    const token = (await ownToken(world, stage)).body.access_token;
    await proxied(token);
    await providerToken(world, stage, { requested_token_type: providerType });
    await providerToken(world, stage, { connection: 'github' });
    await ownToken(world, { api: other, token: stage.token });
    const { api, app, userId } = stage;
    const actors = [api.clientId, app.clientId];
    const find = async (type: string, appId: string | null = app.clientId) =>
      await world.database.prisma.auditEvent.findMany({ where: { type, appId } });
    await vi.waitFor(async () => {
      for (const type of ['token.exchanged', 'token.proxied', 'token.retrieved'])
        expect(await find(type)).toMatchObject([
          { userId, actorKind: 'app', actorId: api.clientId, detail: { api: api.clientId, actors } },
        ]);
      expect(await find('token.refused')).toMatchObject([
        { userId, detail: { why: 'connection_not_allowed', api: api.clientId } },
      ]);
      const byOther = (await find('token.refused', null)).filter(({ actorId }) => actorId === other.clientId);
      expect(byOther).toMatchObject([{ detail: { why: 'invalid_token', api: other.clientId } }]);
    });
    expect(caller.clientId).not.toBe(app.clientId);
  });
});
