import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createClient, SymbolonError } from '../../src/client/client.ts';
import { createDpop, type Dpop } from '../../src/client/dpop.ts';
import { mcpAuth } from '../../src/client/mcp.ts';
import { createApiStage } from '../retrieval/on-behalf-stage.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';

// Tokens that are bound to a key of the library, at the real broker.

let world: World;
let dpop: Dpop;
const now = () => world.clock.now().getTime();

beforeAll(async () => {
  world = await createWorld();
  dpop = await createDpop({ now });
});

/** A token of the app alone, bound to the key. */
async function boundToken(app: { clientId: string; clientSecret: string }, more: Record<string, string>) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: app.clientId,
    client_secret: app.clientSecret,
    ...more,
  });
  const answer = await dpop.fetch(`${world.issuer}/oauth/token`, { method: 'POST', body });
  const { access_token: token, token_type: type } = (await answer.json()) as Record<string, string>;
  world.remember(token);
  return { token: String(token), type };
}

describe('a token that is bound to a key', () => {
  it('retrieves tokens and calls the proxy with its key, and not without', async () => {
    const app = await createApp(world, { background: true, connections: ['google'] });
    const proxy = [{ methods: ['GET' as const], path: '/v1/userinfo' }];
    const connections = [{ connection: 'google', background: true, proxy }];
    await world.broker.issuance.apps.update(app.clientId, { connections });
    const { access_token } = await app.signIn({ connection: 'google', user: 'visitor-70' });
    const user = String((await callApi(world.issuer, '/v1/me', access_token)).body.id);

    const { token, type } = await boundToken(app, { scope: 'idp:google' });
    expect([type, decodeJwt(token).cnf]).toEqual(['DPoP', { jkt: dpop.thumbprint }]);
    const about = { user, reason: 'nightly' };
    const bound = createClient({ issuer: world.issuer, dpop, now }).inBackground(token, about);
    expect((await bound.token('google')).accessToken).toMatch(/^ya29\./);
    expect((await bound.proxy('google', '/v1/userinfo')).status).toBe(200);
    const other = await createDpop({ now });
    for (const with_ of [{}, { dpop: other }]) {
      const thief = createClient({ issuer: world.issuer, now, ...with_ }).inBackground(token, about);
      const refused = await thief.token('google').catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(SymbolonError);
      expect((refused as SymbolonError).status).toBe(401);
    }
  });

  it('is what an API gets on behalf of its caller, when the API has a key', async () => {
    const stage = await createApiStage(world);
    const { clientId, clientSecret } = stage.api;
    const credentials = { clientId, clientSecret };
    const caller = createClient({ issuer: world.issuer, credentials, dpop, now }).onBehalfOf(stage.token);
    const { type, accessToken } = await caller.exchange({ scope: 'idp:google' });
    world.remember(accessToken);
    expect([type, decodeJwt(accessToken).cnf]).toEqual(['DPoP', { jkt: dpop.thumbprint }]);
    expect((await caller.proxy('google', '/v1/userinfo')).status).toBe(200);
  });

  it('is accepted by an MCP server with a proof for it, once', async () => {
    const stage = await createApiStage(world);
    const { identifier } = stage.api;
    const { app: service, clientSecret } = await world.broker.issuance.apps.create({
      name: 'Robot',
      type: 'service',
      apis: [identifier],
    });
    const credentials = { clientId: service.id, clientSecret: String(clientSecret?.reveal()) };
    const { token } = await boundToken(credentials, { audience: identifier, scope: 'notes:read' });
    const auth = mcpAuth({ issuer: world.issuer, resource: identifier, boundOnly: true, now });
    const proof = await dpop.proof({ method: 'POST', url: identifier, accessToken: token });
    const request = (headers: Record<string, string>) => new Request(identifier, { method: 'POST', headers });
    const good = { authorization: `DPoP ${token}`, dpop: proof };
    expect((await auth.check(request(good))).authInfo?.clientId).toBe(service.id);
    for (const bad of [good, { authorization: `DPoP ${token}` }, { authorization: `Bearer ${token}` }])
      expect((await auth.check(request(bad))).response?.status).toBe(401);
  });
});
