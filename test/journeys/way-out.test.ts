import { beforeAll, describe, expect, it } from 'vitest';
import { walk } from '../account/visitor.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// A refusal contains a URL at which the person can resolve it. That URL leads back to the app, which adds
// nothing to it.

let world: World;
let app: TestApp;

const home = 'https://app.example/';
const appBrowser = () => createBrowser({ stopAt: [home] });

beforeAll(async () => {
  world = await createWorld({ providers: ['discord'] });
  app = await createApp(world, { connections: ['github', 'google'] });
});

describe('an app without a registered home page', () => {
  it('gets the person back after re-consent, and then the token', async () => {
    const browser = appBrowser();
    const tokens = await app.signIn({ connection: 'github', user: 'visitor-90', browser });
    await world.control('POST', 'github/users/visitor-90/revoke');
    await world.database.pool.query(
      `UPDATE vault_entry SET state = 'reauthorization_required', state_reason = 'revoked_by_user'`,
    );
    const path = '/v1/me/identities/github/token';
    const { status, body } = await callApi(world.issuer, path, tokens.access_token);
    expect(status).toBe(409);
    const asked = await browser.open(String(body.reauthorize_url));
    const page = await walk(browser, asked, { connection: 'github', user: 'visitor-90' });
    expect(page.text).toContain('Test app');
    const back = await walk(browser, await browser.submit(page), {
      connection: 'github',
      user: 'visitor-90',
    });
    expect(back.url.href).toBe(`${home}?notice=reauthorized`);
    expect((await callApi(world.issuer, path, tokens.access_token)).status).toBe(200);
  });

  it('gets the person back after linking, and then the token', async () => {
    const browser = appBrowser();
    const tokens = await app.signIn({
      connection: 'github',
      user: 'visitor-91',
      scope: 'openid offline_access idp:github idp:google',
      browser,
    });
    const path = '/v1/me/identities/google/token';
    const { status, body } = await callApi(world.issuer, path, tokens.access_token);
    expect(status).toBe(404);
    const asked = await browser.open(String(body.link_url));
    const page = await walk(browser, asked, { connection: 'github', user: 'visitor-91' });
    const back = await walk(browser, await browser.submit(page), {
      connection: 'google',
      user: 'visitor-91',
    });
    expect(back.url.href).toBe(`${home}?notice=linked`);
    expect((await callApi(world.issuer, path, tokens.access_token)).status).toBe(200);
  });

  it('keeps the person on our page, with the reason and a link back, if the attempt failed', async () => {
    const browser = appBrowser();
    const tokens = await app.signIn({ connection: 'github', user: 'visitor-92', browser });
    const path = '/v1/me/identities/google/token';
    const { body } = await callApi(world.issuer, path, tokens.access_token);
    expect(body.code).toBe('insufficient_scope');
    const url = `${world.issuer}/account/link/google?app=${app.clientId}`;
    const page = await walk(browser, await browser.open(url), { connection: 'github', user: 'visitor-92' });
    const atProvider = await browser.submit(page);
    const landed = await browser.submit(atProvider, { button: 'deny' });
    expect(landed.url.href).toBe(`${world.issuer}/account?app=${app.clientId}&notice=cancelled`);
    expect(landed.links).toContainEqual({ href: home, text: 'Back to Test app' });
    expect(page.links).toContainEqual({ href: home, text: 'Cancel' });
  });
});

describe('apps with a missing scope', () => {
  const scopeOf = (token: string, scope: string) =>
    callApi(world.issuer, `/v1/me/identities/github/token?scope=${scope}`, token);

  it('get it, each its own, and keep it when the person signs in as usual', async () => {
    const browser = appBrowser();
    const who = { connection: 'github', user: 'visitor-93' };
    const wishes = await Promise.all(
      ['gist', 'notifications', 'gist'].map(async (scope) => ({
        scope,
        app: await createApp(world, { connections: ['github'] }),
      })),
    );
    for (const { app, scope } of wishes) {
      const { access_token } = await app.signIn({ ...who, browser });
      const refused = await scopeOf(access_token, scope);
      if (refused.status === 200) continue;
      expect(refused).toMatchObject({ status: 403, body: { missing: [scope] } });
      const page = await walk(browser, await browser.open(String(refused.body.reauthorize_url)), who);
      const back = await walk(browser, await browser.submit(page), who);
      expect(back.url.href).toBe(`${home}?notice=reauthorized`);
      expect((await scopeOf(access_token, scope)).status).toBe(200);
    }
    for (const { app, scope } of wishes) {
      const { access_token } = await app.signIn({ ...who, browser: appBrowser() });
      expect((await scopeOf(access_token, scope)).status).toBe(200);
    }
  });

  it('get it although the connection now requests another set', async () => {
    const who = { connection: 'discord', user: 'visitor-94' };
    const browser = appBrowser();
    const asking = (scopes: string[]) => world.broker.connections.change('discord', { scopes });
    const discord = await createApp(world, { connections: ['discord'] });
    await asking(['identify', 'email']);
    const { access_token } = await discord.signIn({ ...who, browser });
    await asking(['identify', 'guilds']);
    const path = '/v1/me/identities/discord/token?scope=guilds';
    const { body } = await callApi(world.issuer, path, access_token);
    const page = await walk(browser, await browser.open(String(body.reauthorize_url)), who);
    await walk(browser, await browser.submit(page), who);
    expect(await callApi(world.issuer, path, access_token)).toMatchObject({
      status: 200,
      body: { scope: 'identify guilds' },
    });
  });
});

describe('the link back leads to registered addresses only', () => {
  const register = async (fields: object) =>
    (
      await world.broker.issuance.apps.create({
        name: 'Other',
        type: 'web',
        redirectUris: ['https://one.example/cb'],
        connections: [{ connection: 'google' }],
        ...fields,
      })
    ).app.id;
  let visitors = 0;

  async function endOf(id: string, more = ''): Promise<string> {
    const browser = createBrowser({ stopAt: ['https://one.', 'https://two.', 'https://evil.'] });
    const who = { connection: 'github', user: `visitor-${++visitors}` };
    const asked = await browser.open(`${world.issuer}/account/link/google?app=${id}${more}`);
    const page = await walk(browser, asked, who);
    return (await walk(browser, await browser.submit(page), { ...who, connection: 'google' })).url.href;
  }

  it('it is the home page, if there is one', async () => {
    const id = await register({ homepage: 'https://two.example/start' });
    expect(await endOf(id)).toBe('https://two.example/start?notice=linked');
  });
  it('it is absent if the redirect URIs are of several sites', async () => {
    const id = await register({ redirectUris: ['https://one.example/cb', 'https://two.example/cb'] });
    expect(await endOf(id)).toBe(`${world.issuer}/account?app=${id}&notice=linked`);
  });
  it('it is no address that only the link names', async () => {
    const id = await register({});
    const wished = encodeURIComponent('https://evil.example/');
    expect(await endOf(id, `&return_to=${wished}`)).toBe(`${world.issuer}/account?app=${id}&notice=linked`);
  });
  it('it is absent for a disabled app', async () => {
    const id = await register({ enabled: false });
    expect(await endOf(id)).toBe(`${world.issuer}/account?notice=linked`);
  });
});
