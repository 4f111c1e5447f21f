import type { Auth0Client, Auth0ClientOptions } from '@auth0/auth0-spa-js';
import { decodeJwt } from 'jose';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { createWorld, type World } from '../support/world.ts';
import { type PageServer, servePage } from './pages.ts';

// @auth0/auth0-spa-js from npm, in a browser, with this broker's domain.

let world: World;
let site: PageServer;
let browser: Browser;
let clientId: string;

beforeAll(async () => {
  world = await createWorld({ secure: true, requireDpopNonce: true });
  site = await servePage({
    '/': `<!doctype html><title>App</title><script type="module">
      import { createAuth0Client } from '/auth0.js';
      globalThis.createAuth0Client = createAuth0Client;
      document.body.dataset.ready = '1';
    </script><body></body>`,
    '/auth0.js': 'node_modules/@auth0/auth0-spa-js/dist/auth0-spa-js.production.esm.js',
  });
  const { app } = await world.broker.issuance.apps.create({
    name: 'Page app',
    type: 'spa',
    redirectUris: [site.url],
    postLogoutRedirectUris: [site.url],
    apis: [`${world.issuer}/me/`],
    connections: [{ connection: 'google' }, { connection: 'github' }],
  });
  clientId = app.id;
  browser = await launchChromium();
  atEnd(async () => {
    await browser.close();
    await site.close();
  });
}, 60_000);

interface AppPage {
  createAuth0Client(options: Auth0ClientOptions): Promise<Auth0Client>;
  auth0: Auth0Client;
}

/** The app's code at page load. */
async function start(page: Page, more: Partial<Auth0ClientOptions> = {}): Promise<void> {
  await page.waitForSelector('body[data-ready]', { state: 'attached' });
  const options: Auth0ClientOptions = {
    domain: new URL(world.issuer).host,
    // Auth0's issuers end in a slash; ours does not.
    issuer: world.issuer,
    clientId,
    useRefreshTokens: true,
    cacheLocation: 'localstorage',
    authorizationParams: {
      redirect_uri: site.url,
      audience: `${world.issuer}/me/`,
      scope: 'openid profile create:me:connected_accounts read:me:connected_accounts',
      connection: 'google',
    },
    ...more,
  };
  await page.evaluate(async (given) => {
    const app = globalThis as unknown as AppPage;
    app.auth0 = await app.createAuth0Client(given);
  }, options);
}

async function approve(page: Page, user: string): Promise<void> {
  await page.locator(`input[name="user"][value="${user}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
}

it('signs in, refreshes, connects an account and signs out', async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(site.url);
  await start(page);
  await page.evaluate(() => {
    void (globalThis as unknown as AppPage).auth0.loginWithRedirect();
  });
  await approve(page, 'ada');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL((url) => url.origin === site.url && url.searchParams.has('code'));
  await start(page);
  const signedIn = await page.evaluate(async () => {
    const { auth0 } = globalThis as unknown as AppPage;
    await auth0.handleRedirectCallback();
    const before = await auth0.getTokenSilently();
    const after = await auth0.getTokenSilently({ cacheMode: 'off' });
    return { user: await auth0.getUser(), tokens: [before, after] };
  });
  world.remember(...signedIn.tokens);
  expect(signedIn.user).toMatchObject({ sub: expect.stringMatching(/^usr_/), name: expect.any(String) });
  expect(signedIn.tokens[0]).not.toBe(signedIn.tokens[1]);

  await page.evaluate(() => {
    const { auth0 } = globalThis as unknown as AppPage;
    void auth0.connectAccountWithRedirect({ connection: 'github', scopes: ['gist'] });
  });
  await page.waitForURL((url) => url.pathname === '/account/connect');
  expect(await page.locator('main').textContent()).toContain('Page app asks you to link this account');
  await page.locator('form button').first().click();
  await approve(page, 'ada');
  await page.waitForURL((url) => url.origin === site.url && url.searchParams.has('connect_code'));
  await start(page);
  const connected = await page.evaluate(
    async () => await (globalThis as unknown as AppPage).auth0.handleRedirectCallback(),
  );
  expect(connected).toMatchObject({
    connection: 'github',
    id: expect.stringMatching(/^cac_/),
    access_type: 'offline',
    scopes: expect.arrayContaining(['gist']),
  });

  await page.evaluate((returnTo) => {
    const { auth0 } = globalThis as unknown as AppPage;
    void auth0.logout({ logoutParams: { returnTo } });
  }, site.url);
  await page.waitForURL((url) => url.href.startsWith(world.issuer));
  await page.locator('form button').first().click();
  await page.waitForURL(`${site.url}/`);
  await context.close();
}, 90_000);

it('binds its tokens to a key, with the nonces that the broker demands', async () => {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'en-US' });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  await page.goto(site.url);
  await start(page, { useDpop: true });
  await page.evaluate(() => {
    void (globalThis as unknown as AppPage).auth0.loginWithRedirect();
  });
  await approve(page, 'lin');
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL((url) => url.origin === site.url && url.searchParams.has('code'));
  await start(page, { useDpop: true });
  const seen = await page.evaluate(async (audience) => {
    const accounts = `${audience}v1/connected-accounts/accounts`;
    const { auth0 } = globalThis as unknown as AppPage;
    await auth0.handleRedirectCallback();
    const before = await auth0.getTokenSilently();
    const after = await auth0.getTokenSilently({ cacheMode: 'off' });
    const fetcher = auth0.createFetcher({ dpopNonceId: 'broker' });
    const call = () => fetcher.fetchWithAuth(accounts, {}, { audience });
    const answers = [await call(), await call()];
    const stolen = await fetch(accounts, { headers: { authorization: `Bearer ${after}` } });
    return {
      tokens: [before, after],
      statuses: [...answers, stolen].map(({ status }) => status),
      challenge: stolen.headers.get('www-authenticate'),
    };
  }, `${world.issuer}/me/`);
  world.remember(...seen.tokens);
  for (const token of seen.tokens)
    expect(decodeJwt(String(token))).toMatchObject({ cnf: { jkt: expect.stringMatching(/^[\w-]{43}$/) } });
  expect(seen.statuses).toEqual([200, 200, 401]);
  expect(seen.challenge).toMatch(/^DPoP error="invalid_token"/);
  await context.close();
}, 90_000);
