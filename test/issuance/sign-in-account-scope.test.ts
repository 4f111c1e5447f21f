import { decodeJwt } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// The scope `idp` asks for the one account that the person signs in with, whichever they choose on our page.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

const visitor = () => createBrowser({ stopAt: ['https://app.example/'] });

/** Chooses a connection on the sign-in page, and approves at the provider. */
async function toConsent(browser: ReturnType<typeof visitor>, connection: string): Promise<Page> {
  const { url } = await app.start({ scope: 'openid idp' });
  const provider = await browser.submit(await browser.open(url), { button: connection });
  return await browser.submit(provider, { fields: { user: 'sam' } });
}

describe('the scope idp', () => {
  it('is the account that the person has chosen, on the consent page and in the token', async () => {
    const browser = visitor();
    const { url, checks } = await app.start({ scope: 'openid offline_access idp' });
    const provider = await browser.submit(await browser.open(url), { button: 'facebook' });
    const consent = await browser.submit(provider, { fields: { user: 'sam' } });
    expect(consent.text).toContain('Facebook');
    expect(consent.text).not.toContain('WeChat');
    const landed = await browser.submit(consent);
    const { authorizationCodeGrant, refreshTokenGrant } = await import('openid-client');
    const tokens = await authorizationCodeGrant(app.configuration, landed.url, checks);
    const again = await refreshTokenGrant(app.configuration, tokens.refresh_token ?? '');
    world.remember(tokens.access_token, tokens.refresh_token, again.access_token, again.refresh_token);
    for (const { access_token } of [tokens, again])
      expect(String(decodeJwt(access_token).scope).split(' ').sort()).toEqual([
        'idp:facebook',
        'offline_access',
        'openid',
      ]);

    // The session is known, and so is its account: the person is not asked again.
    const silent = await browser.open((await app.start({ scope: 'openid idp', prompt: 'none' })).url);
    expect(silent.url.searchParams.has('code')).toBe(true);
  });

  it("is nothing where the app's policy does not list the connection", async () => {
    const consent = await toConsent(visitor(), 'gitlab');
    expect(consent.status).toBe(200);
    expect(consent.text).not.toContain('GitLab');
    expect(consent.text).not.toContain('idp');
  });
});
