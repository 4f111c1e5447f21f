import { createServer, type RequestListener } from 'node:http';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { NewApp } from '../../src/issuance/registry/app.ts';
import { callApi } from '../support/api.ts';
import { atEnd } from '../support/at-end.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, freePort, type World, type WorldOptions } from '../support/world.ts';

/** The set-up for the client libraries: the broker, a provider of the lab, and a person with a browser. */
export interface Stage {
  readonly issuer: string;
  readonly world: World;
  /**
   * An app that its library serves at an address of its own. Returns the credentials it is registered with.
   */
  register(app: Partial<NewApp> & { readonly url: string }): Promise<Registered>;
  /**
   * Opens a page and answers every page of the broker and the provider, until the browser is at the app's
   * site.
   */
  visit(browser: Browser, url: string, site?: string): Promise<Page>;
  /** Returns the ID token's claims, as any standard library reads them. */
  verify(idToken: string, clientId: string): Promise<JWTPayload>;
  /** Retrieves the provider's token with the broker's, and checks that it works at the provider. */
  useProviderToken(accessToken: string): Promise<void>;
}

export interface Registered {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export const scope = 'openid profile email offline_access idp:github';

export async function openStage(options: WorldOptions = {}): Promise<Stage> {
  const world = await createWorld(options);
  const { issuer } = world;
  const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));

  return {
    issuer,
    world,
    async register({ url, ...more }) {
      const { app, clientSecret } = await world.broker.issuance.apps.create({
        name: 'Client under test',
        type: 'web',
        redirectUris: [`${url}/callback`],
        postLogoutRedirectUris: [`${url}/`],
        connections: [{ connection: 'github' }],
        ...more,
      });
      const secret = clientSecret?.reveal();
      world.remember(secret);
      return { url, clientId: app.id, clientSecret: secret ?? '' };
    },
    async visit(browser, url, site = new URL(url).origin) {
      let page = await browser.open(url);
      for (let steps = 0; steps < 6 && page.url.origin !== site; steps += 1) {
        page = await answer(world, browser, page);
      }
      if (page.url.origin === site && page.status < 400) return page;
      throw new Error(`stuck: ${page.status} ${page.url.href} ${page.text.slice(0, 500)}`);
    },
    async verify(idToken, clientId) {
      const { payload } = await jwtVerify(idToken, keys, {
        issuer,
        audience: clientId,
        algorithms: ['RS256'],
      });
      return payload;
    },
    async useProviderToken(accessToken) {
      world.remember(accessToken);
      const { status, body } = await callApi(issuer, '/v1/me/identities/github/token', accessToken);
      expect(status).toBe(200);
      expect(body).toMatchObject({ token_type: 'Bearer', identity: { connection: 'github' } });
      const { api_base: base } = body.usage as { api_base: string };
      const headers = { authorization: `Bearer ${body.access_token}` };
      const answered = await fetch(`${base}/user`, { headers });
      expect([answered.status, await answered.json()]).toMatchObject([200, { name: expect.any(String) }]);
    },
  };
}

async function answer({ lab }: World, browser: Browser, page: Page): Promise<Page> {
  if (page.url.href.startsWith(lab.url)) return await browser.submit(page, { fields: { user: 'ada' } });
  const chooser = page.forms[0]?.action.endsWith('/connect');
  return await browser.submit(page, chooser ? { button: 'github' } : {});
}

/** The address where an app will listen, reserved before the app is created. */
export async function futureUrl(): Promise<string> {
  return `http://localhost:${await freePort()}`;
}

export async function serve(url: string, app: RequestListener): Promise<void> {
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(Number(new URL(url).port), '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
}

export function personsBrowser(stopAt: readonly string[] = []): Browser {
  return createBrowser({ stopAt });
}
