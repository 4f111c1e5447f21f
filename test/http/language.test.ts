import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

const visitor = (headers = { 'accept-language': 'en' }) =>
  createBrowser({ stopAt: ['https://app.example/'], headers });

const languageOf = ({ html }: Page) => /<html lang="([^"]+)"/.exec(html)?.[1];

function linkTo(page: Page, name: string): string {
  const link = page.links.find(({ text }) => text === name);
  if (!link) throw new Error(`no link ${name} on ${page.url.href}`);
  return new URL(link.href, page.url).href;
}

describe('the language switch', () => {
  it('is in the foot of every page, leads back to the page, and is remembered', async () => {
    const browser = visitor();
    for (const path of ['/account', '/docs', '/no/such?page=1', '/authorize?client_id=none&state=s'])
      expect(linkTo(await browser.open(world.issuer + path), '中文')).toContain('/language/zh');

    const missing = await browser.open(`${world.issuer}/no/such?page=1&q=a%26b`);
    const chinese = await browser.open(linkTo(missing, '中文'));
    expect([languageOf(chinese), chinese.url.pathname + chinese.url.search]).toEqual([
      'zh-CN',
      '/no/such?page=1&q=a%26b',
    ]);
    expect(languageOf(await browser.open(`${world.issuer}/account`))).toBe('zh-CN');
    const referred = { referer: `${world.issuer}/docs` };
    const docs = await browser.open(`${world.issuer}/language/en`, referred);
    expect([languageOf(docs), docs.url.pathname]).toEqual(['en', '/docs']);
  });

  it('leads to no other site, and another site cannot use it', async () => {
    const browser = visitor();
    for (const to of [
      'https://evil.example/',
      '//evil.example/',
      '/\\evil.example',
      'javascript:1',
      '/language/en',
    ]) {
      const page = await browser.open(`${world.issuer}/language/zh?to=${encodeURIComponent(to)}`);
      expect(page.url.href).toBe(`${world.issuer}/account`);
    }
    // The parser leaves two slashes at the start of such a path.
    for (const to of ['/.//evil.example/', `${world.issuer}//evil.example/`, '/%2e//evil.example/']) {
      const answer = await fetch(`${world.issuer}/language/zh?to=${encodeURIComponent(to)}`, {
        redirect: 'manual',
      });
      expect(answer.headers.get('location')).toBe('/evil.example/');
    }
    const target = `${world.issuer}/language/en?to=/account`;
    const unchanged = await browser.open(target, { 'sec-fetch-site': 'cross-site' });
    expect(languageOf(unchanged)).toBe('zh-CN');
    expect((await browser.open(`${world.issuer}/language/fr`)).status).toBe(404);
  });

  it("never sends a provider's answer a second time", async () => {
    const browser = visitor();
    const failed = await browser.open(`${world.issuer}/connections/github/callback?code=spent-code&state=x`);
    expect(failed.html).not.toContain('spent-code');
    const referred = { referer: failed.url.href };
    const after = await browser.open(linkTo(failed, '中文'), referred);
    expect(after.url.pathname).toBe('/account');
  });
});

describe('the language that an app asks for', () => {
  it('wins over the remembered one through the whole sign-in, and ends with it', async () => {
    const browser = visitor();
    await browser.open(`${world.issuer}/language/zh`);
    const { url } = await app.start({ ui_locales: 'en', scope: 'openid idp:github' });
    const chooser = await browser.open(url);
    expect(languageOf(chooser)).toBe('en');
    // The callback's error does not know the request of the app.
    const lost = await browser.open(`${world.issuer}/connections/github/callback?state=lost`);
    expect(languageOf(lost)).toBe('en');

    const provider = await browser.submit(chooser, { button: 'github' });
    const consent = await browser.submit(provider, { fields: { user: 'ada' } });
    expect([languageOf(consent), consent.url.pathname]).toEqual([
      'en',
      expect.stringMatching('/interaction/'),
    ]);
    const landed = await browser.submit(consent);
    expect(landed.url.href).toMatch(/^https:\/\/app\.example\/callback\?code=/);
    world.remember(landed.url.searchParams.get('code') ?? '');
    expect(languageOf(await browser.open(`${world.issuer}/account`))).toBe('zh-CN');
  });

  it('gives way to a choice during the sign-in', async () => {
    const browser = visitor();
    const chooser = await browser.open((await app.start({ ui_locales: 'en' })).url);
    const chinese = await browser.open(linkTo(chooser, '中文'));
    expect([languageOf(chinese), chinese.url.href]).toEqual(['zh-CN', chooser.url.href]);
    const refused = await browser.submit(chinese, { fields: { connection: 'none' } });
    expect([languageOf(refused), refused.status]).toEqual(['zh-CN', 400]);
    const next = await browser.open((await app.start({ ui_locales: 'en' })).url);
    expect(languageOf(next)).toBe('en');
  });
});
