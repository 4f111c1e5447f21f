import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { createWorld, type World } from '../support/world.ts';
import { type PageServer, servePage } from './pages.ts';

// keycloak-js from npm with its defaults; only address, realm and client are configured.

let world: World;
let site: PageServer;
let browser: Browser;
let clientId: string;

beforeAll(async () => {
  world = await createWorld();
  site = await servePage({
    '/': `<!doctype html><title>App</title><script type="module">
      import Keycloak from '/keycloak.js';
      window.Keycloak = Keycloak;
      document.body.dataset.ready = '1';
    </script><body></body>`,
    '/keycloak.js': fileURLToPath(import.meta.resolve('keycloak-js')),
  });
  const { app } = await world.broker.issuance.apps.create({
    name: 'Page app',
    type: 'spa',
    redirectUris: [`${site.url}/`],
    postLogoutRedirectUris: [`${site.url}/`],
    connections: [{ connection: 'google' }],
  });
  clientId = app.id;
  browser = await launchChromium();
  atEnd(async () => {
    await browser.close();
    await site.close();
  });
}, 60_000);

/** The app's code at page load, and the result of `init`. */
async function start(page: Page, options: Record<string, unknown> = {}): Promise<boolean> {
  const config = { url: world.issuer, realm: 'symbolon', clientId };
  await page.waitForSelector('body[data-ready]', { state: 'attached' });
  return await page.evaluate(
    async ([given, initOptions]) => {
      const { Keycloak } = globalThis as unknown as {
        Keycloak: new (config: unknown) => { init(options: unknown): Promise<boolean> };
      };
      const kc = new Keycloak(given);
      Object.assign(globalThis, { kc });
      return await kc.init(initOptions);
    },
    [config, options] as const,
  );
}

async function signIn(page: Page): Promise<void> {
  await page.goto(`${site.url}/`);
  expect(await start(page)).toBe(false);
  const leaving = page.waitForURL((url) => url.href.startsWith(world.lab.url));
  await page.evaluate(() => {
    void (globalThis as unknown as { kc: { login(o: unknown): Promise<void> } }).kc.login({
      scope: 'openid profile idp:google',
      idpHint: 'google',
    });
  });
  await leaving;
}

describe('keycloak-js', () => {
  it('signs in, refreshes, reads the user, gets the provider’s token, and signs out', async () => {
    const context = await browser.newContext({ locale: 'en-US' });
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await signIn(page);
    await page.locator('input[name="user"][value="ada"]').check();
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.waitForURL((url) => !url.href.startsWith(world.lab.url));
    await page.locator('form button').first().click();
    await page.waitForURL((url) => url.origin === site.url && url.hash.includes('code='));
    expect(await start(page)).toBe(true);

    const seen = await page.evaluate(async () => {
      const { kc } = globalThis as unknown as { kc: KeycloakInstance };
      const first = kc.token;
      const refreshed = await kc.updateToken(-1);
      const info = await kc.loadUserInfo();
      const url = `${kc.authServerUrl}/realms/${kc.realm}/broker/google/token`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${kc.token}` } });
      return {
        changed: first !== kc.token,
        refreshed,
        info,
        iss: [kc.tokenParsed.iss, kc.idTokenParsed.iss],
        tokens: [kc.token, kc.refreshToken, kc.idToken],
        provider: (await answer.json()) as Record<string, unknown>,
      };
    });
    world.remember(...seen.tokens);
    expect(seen).toMatchObject({
      changed: true,
      refreshed: true,
      info: { sub: expect.stringMatching(/^usr_/) },
    });
    const realm = `${world.issuer}/realms/symbolon`;
    expect(seen.iss).toEqual([realm, realm]);
    expect(seen.provider).toMatchObject({ access_token: expect.stringMatching(/^ya29\./) });
    expect(seen.provider).not.toHaveProperty('refresh_token');

    const left = page.waitForEvent('load');
    await page.evaluate(() => {
      const { kc } = globalThis as unknown as { kc: KeycloakInstance };
      void kc.logout();
    });
    await left;
    expect(page.url()).toBe(`${site.url}/`);
    expect(await start(page, { onLoad: 'check-sso' }).catch(() => false)).toBe(false);
    await context.close();
  }, 90_000);
});

interface KeycloakInstance {
  readonly authServerUrl: string;
  readonly realm: string;
  readonly token: string;
  readonly idToken: string;
  readonly refreshToken: string;
  readonly tokenParsed: { readonly iss: string };
  readonly idTokenParsed: { readonly iss: string };
  updateToken(minValidity: number): Promise<boolean>;
  loadUserInfo(): Promise<unknown>;
  logout(): Promise<void>;
}
