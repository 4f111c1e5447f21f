import { mkdir } from 'node:fs/promises';
import type { Browser as Chromium } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { png } from '../support/pictures.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, type World } from '../support/world.ts';

// The looks of the deployment and of one app on the pages that people see, and the consent page.

let world: World;
let call: CallAdmin;
let app: TestApp;
let chromium: Chromium;
const pictures = process.env.SYMBOLON_PICTURES ?? 'test-results';

const looks = {
  name: { en: 'Okafor & Lin', zh: '林奥' },
  accent: '#7a1f4e',
  logo: png(64),
  legal: {
    terms: 'https://okafor.example/terms',
    privacy: 'https://okafor.example/privacy',
    icp: '京ICP备12345678号',
    police: '京公网安备 11010502030143号',
  },
};

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  call = adminClient(world);
  app = await createApp(world, {
    connections: ['wechat', 'google', 'github', 'gitlab', 'facebook', 'slack'],
    background: true,
  });
  expect((await call('PUT', '/branding', looks)).status).toBe(200);
  await mkdir(pictures, { recursive: true });
  chromium = await launchChromium();
  atEnd(() => chromium.close());
}, 60_000);

const visitor = (headers: Record<string, string> = {}) =>
  createBrowser({ stopAt: ['https://app.example/'], headers });

describe('the looks of the deployment', () => {
  it('and of an app, whatever its id, are served as they are stored', async () => {
    const { apps } = world.broker.issuance;
    const uris = { redirectUris: ['https://notes.example/'] };
    await apps.create({ name: 'Notes', type: 'spa', ...uris }, {}, { id: 'my-notes' });
    await call('PUT', '/apps/my-notes/branding', { accent: '#1f4e5f', logo: png(32) });
    const colours = async () => (await fetch(`${world.issuer}/branding/my-notes.css`)).text();
    expect(await colours()).toContain('--accent: #1f4e5f');
    expect((await fetch(`${world.issuer}/branding/my-notes/logo`)).status).toBe(200);
    // Another process has changed them, and its notification is on its way.
    const { prisma } = world.database;
    await prisma.branding.update({ where: { scope: 'my-notes' }, data: { accent: '#5f1f4e', version: 2 } });
    expect(await colours()).toContain('--accent: #5f1f4e');
  });

  it('are on every page: name, logo, colour and legal links', async () => {
    const browser = visitor({ 'accept-language': 'zh-CN' });
    for (const path of ['/account', '/docs', '/no/such', '/authorize?client_id=none']) {
      const { html } = await browser.open(world.issuer + path);
      expect(html, path).toMatch(/<title>[^<]* · 林奥<\/title>/);
      expect(html, path).toContain('href="/branding/deployment.css?v=1"');
      expect(html, path).toContain('src="/branding/deployment/logo?v=1"');
      expect(html, path).toContain(
        '<a href="https://beian.miit.gov.cn/" rel="noreferrer" lang="zh-CN">京ICP备12345678号</a>',
      );
      expect(html, path).toContain('webSearch?code=11010502030143"');
      expect(html, path).toContain('>隐私政策</a>');
    }
  });

  it('are served as a style sheet for both schemes and a picture, which browsers may keep', async () => {
    const sheet = await fetch(`${world.issuer}/branding/deployment.css`);
    expect(sheet.headers.get('content-type')).toMatch(/^text\/css/);
    expect(sheet.headers.get('cache-control')).toContain('max-age=86400');
    expect(await sheet.text()).toMatch(
      /^:root \{ --accent: #7a1f4e; \}\n@media \(prefers-color-scheme: dark\) \{ :root/,
    );
    const logo = await fetch(`${world.issuer}/branding/deployment/logo`);
    expect([logo.status, logo.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(logo.headers.get('content-security-policy')).toContain("default-src 'none'");
    for (const path of ['none.css', 'none/logo', 'deployment.js', '..%2Fx.css'])
      expect((await fetch(`${world.issuer}/branding/${path}`)).status, path).toBe(404);
  });

  it('are kept under the address of their present version only, as is the logo of a connection', async () => {
    expect((await call('PATCH', '/connections/gitlab', { logo: png(32) })).status).toBe(200);
    const { body } = await call('GET', '/connections/gitlab');
    const kept = async (path: string) => {
      const { status, headers } = await fetch(world.issuer + path);
      return [status, headers.get('cache-control')];
    };
    for (const [path, version] of [
      ['/branding/deployment.css', 1],
      ['/branding/deployment/logo', 1],
      ['/connections/gitlab/logo', Number(body.version)],
    ] as const) {
      expect(await kept(`${path}?v=${version}`), path).toEqual([200, 'public, max-age=86400']);
      for (const other of [version - 1, version + 1, `${version}&v=${version}`])
        expect(await kept(`${path}?v=${other}`), path).toEqual([200, 'no-store']);
    }
  });

  it('give way to those of an app on its own pages', async () => {
    const { body } = await call('GET', `/apps/${app.clientId}/branding`);
    expect(body).toMatchObject({ version: 0 });
    await call('PUT', `/apps/${app.clientId}/branding`, {
      name: { en: 'Corner shop' },
      legal: { terms: 'https://shop.example/terms' },
    });
    const page = await visitor().open((await app.start()).url);
    expect(page.html).toContain('<title>Sign in · Corner shop</title>');
    expect(page.html).toContain('href="https://shop.example/terms"');
    expect(page.html).toContain('href="https://okafor.example/privacy"');
    expect(page.html).toContain('/branding/deployment.css?v=1');
    const other = await visitor().open(`${world.issuer}/account`);
    expect(other.html).toContain('Okafor &amp; Lin');
  });
});

/** Signs in at the provider, up to the consent page. */
async function toConsent(scope: string, user: string, browser = visitor()): Promise<Page> {
  const { url } = await app.start({ scope, connection: 'github' });
  return await browser.submit(await browser.open(url), { fields: { user } });
}

describe('the consent page', () => {
  it('names who gets the answer, and each account with what the app may do in words', async () => {
    expect((await call('PATCH', `/apps/${app.clientId}`, { about: { owner: 'Shop Ltd' } })).status).toBe(200);
    const page = await toConsent('openid profile idp:github idp:google', 'sam');
    expect(page.text).toMatch(/Shop Ltd\s+runs the app, at\s+app\.example/);
    expect(page.text).toMatch(/Use GitHub with your account \(\s*sam\s*\)/);
    expect(page.text).toMatch(/Use Google with your account \(\s*not linked yet\s*\)/);
    expect(page.text).toContain('also while you are away, without asking you again');
    expect(page.text).toMatch(/Technical names idp:github/);
    expect(page.html.match(/<section class="card asked">/g)).toHaveLength(2);
  });

  it('does not ask for many accounts that the person has not linked', async () => {
    const every = ['wechat', 'google', 'github', 'gitlab', 'facebook', 'slack']
      .map((alias) => `idp:${alias}`)
      .join(' ');
    const browser = visitor();
    const page = await toConsent(`openid ${every}`, 'ada', browser);
    expect(page.html.match(/<section class="card asked">/g)).toHaveLength(1);
    expect(page.text).toContain('GitHub');
    const landed = await browser.submit(page);
    expect(landed.url.searchParams.has('code')).toBe(true);
    // Nothing is missing, so that the next sign-in asks nothing.
    const again = await browser.open((await app.start({ scope: `openid ${every}`, prompt: 'none' })).url);
    expect(again.url.searchParams.has('code')).toBe(true);
  });

  it('asks for what is new, and not again for what the person has allowed', async () => {
    const browser = visitor();
    await browser.submit(await toConsent('openid idp:github', 'mallory', browser));
    const more = await browser.open((await app.start({ scope: 'openid idp:github idp:google' })).url);
    expect(more.html.match(/<section class="card asked">/g)).toHaveLength(1);
    expect(more.text).toContain('Google');
    expect(more.text).not.toContain('GitHub');
  });

  it.each([
    { locale: 'en-US', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
    { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  ] as const)(
    'is usable: $locale, $colorScheme',
    async (reader) => {
      const context = await chromium.newContext(reader);
      const page = await context.newPage();
      page.setDefaultTimeout(20_000);
      await page.goto(
        (
          await app.start({
            scope: 'openid profile email offline_access idp:gitlab idp:google',
            connection: 'gitlab',
          })
        ).url.href,
      );
      await page.locator('input[name="user"][value="sam"]').check();
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.waitForURL(/\/interaction\//);
      expect(await obstacles(page)).toEqual([]);
      // The box stands before its words, inside the card.
      const box = await page.locator('label.tick input').boundingBox();
      expect(box?.width).toBeLessThan(32);
      await page.screenshot({ path: `${pictures}/consent-${reader.locale}.png`, fullPage: true });
      await context.close();
    },
    60_000,
  );
});
