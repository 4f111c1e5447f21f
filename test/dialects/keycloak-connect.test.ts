import { createRequire } from 'node:module';
import path from 'node:path';
import express, { type RequestHandler } from 'express';
import session from 'express-session';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  futureUrl,
  openStage,
  personsBrowser,
  type Registered,
  type Stage,
  serve,
} from '../clients/stage.ts';

// Keycloak's own adapter for Node, unmodified, which `npm run prove:keycloak-connect` installs into a folder of its own: its
// package brings a browser driver.

const folder = process.env.KEYCLOAK_CONNECT;

interface Token {
  readonly token: string;
  readonly content: Readonly<Record<string, unknown>>;
}

interface Adapter {
  middleware(): RequestHandler[];
  protect(role?: string): RequestHandler;
  checkSso(): RequestHandler;
  readonly grantManager: {
    userInfo(token: Token): Promise<{ sub: string }>;
    validateAccessToken(token: Token): Promise<unknown>;
  };
}

type Grant = { readonly access_token: Token; readonly id_token: Token; readonly refresh_token: Token };
const grantOf = (request: object) => (request as { kauth?: { grant?: Grant } }).kauth?.grant;

describe.skipIf(!folder)('keycloak-connect', () => {
  let stage: Stage;
  let app: Registered;

  beforeAll(async () => {
    stage = await openStage();
    const url = await futureUrl();
    const at = (place: string) => `${url}${place}?auth_callback=1`;
    app = await stage.register({
      url,
      // The adapter sends no PKCE, and returns to the page that asked.
      pkceRequired: false,
      redirectUris: [at('/private'), at('/admin'), at('/maybe')],
      connections: [{ connection: 'github' }],
    });
    const Keycloak = createRequire(path.join(String(folder), 'any.js'))('keycloak-connect');
    const store = new session.MemoryStore();
    const keycloak: Adapter = new Keycloak(
      { store, idpHint: 'github', scope: 'profile offline_access idp:github' },
      {
        realm: 'symbolon',
        'auth-server-url': stage.issuer,
        resource: app.clientId,
        credentials: { secret: app.clientSecret },
        'confidential-port': 0,
      },
    );
    const site = express();
    site.use(session({ secret: 'x'.repeat(32), resave: false, saveUninitialized: true, store }));
    site.use(keycloak.middleware());
    site.get('/', (_request, response) => void response.type('html').send('<p>start</p>'));
    site.get('/maybe', keycloak.checkSso(), (request, response) => {
      response.type('html').send(`<p>${grantOf(request) ? 'known' : 'unknown'}</p>`);
    });
    site.get('/admin', keycloak.protect('realm:admin'), (_request, response) => void response.send('admin'));
    site.get('/private', keycloak.protect(), async (request, response) => {
      const grant = grantOf(request);
      if (!grant) throw new Error('there is no grant');
      const { access_token, id_token, refresh_token } = grant;
      stage.world.remember(access_token.token, id_token.token, refresh_token.token);
      const headers = { authorization: `Bearer ${access_token.token}` };
      const broker = `${stage.issuer}/realms/symbolon/broker/github/token`;
      const answer = (await (await fetch(broker, { headers })).json()) as { access_token: string };
      response.json({
        types: [access_token, id_token, refresh_token].map(({ content }) => content.typ),
        info: await keycloak.grantManager.userInfo(access_token),
        live: (await keycloak.grantManager.validateAccessToken(access_token)) !== false,
        provider: typeof answer.access_token,
      });
    });
    const bearerOnly: Adapter = new Keycloak(
      {},
      { realm: 'symbolon', 'auth-server-url': stage.issuer, resource: 'api', 'bearer-only': true },
    );
    site.get('/api', ...bearerOnly.middleware(), bearerOnly.protect(), (_request, response) => {
      response.send('in');
    });
    await serve(app.url, site);
  });

  it('signs in at the hinted provider, protects routes, gets the broker token, and signs out', async () => {
    const browser = personsBrowser();
    // Without a session, the silent request comes back, and the page is shown.
    expect((await browser.open(`${app.url}/maybe`)).text).toContain('unknown');
    const page = await stage.visit(browser, `${app.url}/private`);
    expect(JSON.parse(page.text)).toMatchObject({
      types: ['Bearer', 'ID', 'Refresh'],
      info: { sub: expect.stringMatching(/^usr_/) },
      live: true,
      provider: 'string',
    });
    expect((await browser.open(`${app.url}/maybe`)).text).toContain('known');
    // The broker gives no roles.
    expect((await browser.open(`${app.url}/admin`)).status).toBe(403);

    const gone = await browser.open(`${app.url}/logout`);
    expect(gone.url.href).toBe(`${app.url}/`);
    expect((await browser.open(`${app.url}/private`)).url.origin).not.toBe(app.url);
  });

  it('as a bearer-only API takes the realm’s access tokens, and no other token', async () => {
    const api = (token: string) =>
      fetch(`${app.url}/api`, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status);
    const { app: service, clientSecret } = await stage.world.broker.issuance.apps.create({
      name: 'Service',
      type: 'service',
      connections: [{ connection: 'github', background: true }],
    });
    const tokenAt = async (endpoint: string) => {
      const body = new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: service.id,
        client_secret: String(clientSecret?.reveal()),
      });
      const answer = await fetch(stage.issuer + endpoint, { method: 'POST', body });
      const { access_token } = (await answer.json()) as { access_token: string };
      stage.world.remember(access_token);
      return access_token;
    };
    expect(await api(await tokenAt('/realms/symbolon/protocol/openid-connect/token'))).toBe(200);
    expect(await api(await tokenAt('/oauth/token'))).toBe(403);
    expect(await api('a.b.c')).toBe(403);
  });
});
