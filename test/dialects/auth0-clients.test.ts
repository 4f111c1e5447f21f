import { AbstractStateStore, AbstractTransactionStore, ServerClient } from '@auth0/auth0-server-js';
import { ManagementClient } from 'auth0';
import express from 'express';
import expressOpenid from 'express-openid-connect';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApi, createApiStage } from '../retrieval/on-behalf-stage.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, freePort, type World } from '../support/world.ts';

// Auth0's own packages for servers from npm, with this broker's domain.

let world: World;
let domain: string;

beforeAll(async () => {
  world = await createWorld({ secure: true });
  domain = new URL(world.issuer).host;
});

const scope = 'openid profile email offline_access idp:google';

/**
 * Goes from the sign-in page to the app's URL: chooses the connection, approves at the provider, consents.
 */
async function walk(browser: Browser, start: string, user: string): Promise<Page> {
  let page = await browser.open(start);
  for (let steps = 0; steps < 6 && !page.stopped && page.forms.length > 0; steps += 1)
    page = await browser.submit(page, page.text.includes('simulated') ? { fields: { user } } : {});
  return page;
}

describe('@auth0/auth0-server-js', () => {
  it('signs in, refreshes and gets the token for a connection', async () => {
    const app = await createApp(world);
    const client = new ServerClient({
      domain,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      authorizationParams: { redirect_uri: app.redirectUri, scope },
      transactionStore: new MemoryTransactions({ secret: 's'.repeat(32) }),
      stateStore: new MemoryStates({ secret: 's'.repeat(32) }),
    });
    const start = await client.startInteractiveLogin({
      authorizationParams: { connection: 'google' },
    });
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const landed = await walk(browser, start.href, 'ada');
    await client.completeInteractiveLogin(landed.url);
    expect(await client.getUser()).toMatchObject({ sub: expect.stringMatching(/^usr_/) });
    const session = await client.getSession();
    world.remember(session?.refreshToken, session?.idToken);

    const forConnection = await client.getAccessTokenForConnection({ connection: 'google' });
    expect(forConnection).toMatchObject({
      accessToken: expect.stringMatching(/^ya29\./),
      connection: 'google',
      expiresAt: expect.any(Number),
    });
    const called = await fetch(`${world.lab.url}/google/v1/userinfo`, {
      headers: { authorization: `Bearer ${forConnection.accessToken}` },
    });
    expect(called.status).toBe(200);
    await expect(client.getAccessTokenForConnection({ connection: 'github' })).rejects.toMatchObject({
      code: 'token_for_connection_error',
    });
  });
});

describe('express-openid-connect', () => {
  it('signs in, reads the user, and has tokens that the broker accepts', async () => {
    const port = await freePort();
    const baseURL = `http://localhost:${port}`;
    const { app, clientSecret } = await world.broker.issuance.apps.create({
      name: 'Express app',
      type: 'web',
      redirectUris: [`${baseURL}/callback`],
      postLogoutRedirectUris: [baseURL],
      connections: [{ connection: 'google' }],
    });
    const secret = String(clientSecret?.reveal());
    world.remember(secret);
    const site = express();
    site.use(
      expressOpenid.auth({
        issuerBaseURL: world.issuer,
        baseURL,
        clientID: app.id,
        clientSecret: secret,
        secret: 'a long secret for the cookies of the app',
        idpLogout: true,
        authorizationParams: { response_type: 'code', scope, connection: 'google' },
      }),
    );
    site.get('/', async (request, response) => {
      const { accessToken, user } = request.oidc;
      const token = accessToken?.isExpired() === false ? accessToken.access_token : '';
      const refreshed = await accessToken?.refresh();
      const headers = { authorization: `Bearer ${refreshed?.access_token}` };
      const answer = await fetch(`${world.issuer}/v1/me/identities/google/token`, { headers });
      const { identity } = (await answer.json()) as { identity: { connection: string } };
      world.remember(token, refreshed?.access_token);
      response.type('html').send(`<p>${user?.sub} ${identity.connection}</p>`);
    });
    const server = site.listen(port, '127.0.0.1');
    try {
      const browser = createBrowser();
      const page = await walk(browser, `${baseURL}/login`, 'lin');
      expect(page.url.href).toBe(`${baseURL}/`);
      expect(page.text).toMatch(/^usr_\w+ google$/);
      const done = await browser.open(`${baseURL}/logout`);
      expect(done.hops.map(({ to }) => new URL(to).origin)).toContain(world.issuer);
      // The browser is back at the app, which requests a sign-in again.
      expect(done.hops.map(({ to }) => new URL(to).origin)).toContain(baseURL);
      expect(done.url.href).toContain(world.lab.url);
    } finally {
      server.close();
    }
  });
});

describe('auth0', () => {
  it('reads a user with the tokens of the providers', async () => {
    const app = await createApp(world);
    const tokens = await app.signIn({ connection: 'google', user: 'ada' });
    const { sub } = tokens.claims() ?? {};
    const { app: service, clientSecret } = await world.broker.issuance.apps.create({
      name: 'Back end',
      type: 'service',
      apis: [`${world.issuer}/api/v2/`],
      connections: [{ connection: 'google', background: true }],
    });
    const secret = String(clientSecret?.reveal());
    world.remember(secret);
    const management = new ManagementClient({ domain, clientId: service.id, clientSecret: secret });
    const user = await management.users.get(String(sub));
    expect(user).toMatchObject({
      user_id: sub,
      identities: [{ connection: 'google', isSocial: true, access_token: expect.stringMatching(/^ya29\./) }],
    });
    await expect(management.users.get('usr_nobody')).rejects.toMatchObject({ statusCode: 404 });
  });
});

type State = Parameters<AbstractStateStore['set']>[1];
type Transaction = Parameters<AbstractTransactionStore['set']>[1];

class MemoryStates extends AbstractStateStore {
  readonly #kept = new Map<string, State>();
  async set(identifier: string, value: State) {
    this.#kept.set(identifier, value);
  }
  async get(identifier: string) {
    return this.#kept.get(identifier);
  }
  async delete(identifier: string) {
    this.#kept.delete(identifier);
  }
  async deleteByLogoutToken() {
    this.#kept.clear();
  }
}

class MemoryTransactions extends AbstractTransactionStore {
  readonly #kept = new Map<string, Transaction>();
  async set(identifier: string, value: Transaction) {
    this.#kept.set(identifier, value);
  }
  async get(identifier: string) {
    return this.#kept.get(identifier);
  }
  async delete(identifier: string) {
    this.#kept.delete(identifier);
  }
}

// @auth0/auth0-api-js 1.6 is a thin layer: `getAccessTokenForConnection` and `getTokenOnBehalfOf` are these calls of this client.
describe('the client of @auth0/auth0-api-js, as a Custom API Client', () => {
  const accessType = 'urn:ietf:params:oauth:token-type:access_token';
  const clientOf = ({ clientId, clientSecret }: { clientId: string; clientSecret: string }) =>
    new ServerClient({
      domain,
      clientId,
      clientSecret,
      transactionStore: new MemoryTransactions({ secret: 's'.repeat(32) }),
      stateStore: new MemoryStates({ secret: 's'.repeat(32) }),
    }).authClient;

  it('exchanges its caller’s token for the provider’s', async () => {
    const stage = await createApiStage(world);
    const client = clientOf(stage.api);
    const ask = { connection: 'google', accessToken: stage.token };
    const answer = await client.getTokenForConnection(ask);
    world.remember(answer.accessToken);
    expect(answer.accessToken).toMatch(/^ya29\./);
    const other = clientOf(await createApi(world));
    await expect(other.getTokenForConnection(ask)).rejects.toMatchObject({
      cause: { error: 'invalid_grant' },
    });
    await world.broker.issuance.apis.update(stage.api.clientId, {
      connections: [{ connection: 'google' }, { connection: 'github' }],
    });
    await expect(client.getTokenForConnection({ ...ask, connection: 'github' })).rejects.toMatchObject({
      cause: { error: 'insufficient_scope' },
    });
  });

  it('acts on behalf of its caller at /v1', async () => {
    const stage = await createApiStage(world);
    const asked = { subjectToken: stage.token, subjectTokenType: accessType, requestedTokenType: accessType };
    const answer = await clientOf(stage.api).exchangeToken({ ...asked, audience: `${world.issuer}/v1` });
    world.remember(answer.accessToken);
    const path = '/v1/me/identities/google/proxy/v1/userinfo';
    expect((await callApi(world.issuer, path, answer.accessToken)).status).toBe(200);
  });
});
