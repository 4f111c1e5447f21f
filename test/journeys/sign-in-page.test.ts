import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { createBrowser } from '../support/browser.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, type World } from '../support/world.ts';

// The sign-in page with all simulated providers, in a real browser without scripts.

let world: World;
let app: TestApp;
let browser: Browser;
const pictures = process.env.SYMBOLON_PICTURES ?? 'test-results';

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  app = await createApp(world);
  await mkdir(pictures, { recursive: true });
  browser = await launchChromium();
  atEnd(() => browser.close());
}, 60_000);

const readers = [
  { name: 'zh dark phone', locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  { name: 'en light wide', locale: 'en-US', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  { name: 'en dark phone', locale: 'en-US', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
  { name: 'zh light wide', locale: 'zh-CN', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
] as const;

async function openPage({ name: _name, ...reader }: (typeof readers)[number]): Promise<Page> {
  const context = await browser.newContext({ ...reader, javaScriptEnabled: false });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto((await app.start()).url.href);
  return page;
}

/** axe needs scripts, so the same page is looked at by a browser that has them. */
async function obstaclesOf(
  page: Page,
  reader: (typeof readers)[number],
  url = page.url(),
): Promise<readonly string[]> {
  const { name: _name, ...options } = reader;
  const context = await browser.newContext(options);
  await context.addCookies(await page.context().cookies());
  const twin = await context.newPage();
  await twin.goto(url);
  await twin.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })");
  const found = await obstacles(twin);
  await context.close();
  return found;
}

it.each(readers)(
  'is usable without a script: $name',
  async (reader) => {
    const page = await openPage(reader);
    await page.screenshot({
      path: `${pictures}/sign-in ${reader.name}.png`.replaceAll(' ', '-'),
      fullPage: true,
    });
    const first = page.locator('main form').first().locator('button').first();
    expect(await first.getAttribute('value')).toBe('wechat');
    expect(await obstaclesOf(page, reader)).toEqual([]);

    await page.getByRole('searchbox').fill('zfb');
    await page.getByRole('searchbox').press('Enter');
    const found = page.locator('main form').first().locator('button');
    expect(await found.getAttribute('value')).toBe('alipay');
    expect(await found.count()).toBe(1);
    expect(await obstaclesOf(page, reader)).toEqual([]);
    await page.getByRole('searchbox').fill('nowhere');
    await page.getByRole('searchbox').press('Enter');
    expect(await page.locator('button[name="connection"]').count()).toBe(0);
    expect(await page.textContent('main')).toMatch(/nowhere/);
    await page.context().close();
  },
  60_000,
);

describe('the connections on the page', () => {
  const visitor = () => createBrowser({ stopAt: ['https://app.example/'] });
  const offered = (html: string) =>
    [...html.matchAll(/name="connection" value="([^"]+)"/g)].map(([, alias]) => alias);

  it('are those of the app, where it has a list of its own', async () => {
    const narrow = await createApp(world);
    await world.database.pool.query(
      `UPDATE app SET sign_in_connections = '{github}', limits_sign_in = true WHERE id = $1`,
      [narrow.clientId],
    );
    const page = await visitor().open((await narrow.start()).url);
    expect(offered(page.html)).toEqual(['github']);
    const refused = await visitor().open((await narrow.start({ connection: 'google' })).url);
    expect([refused.status, refused.url.host]).toEqual([400, new URL(world.issuer).host]);
  });

  it('follow the order of the operator, with their names, and a hidden one is reached by name only', async () => {
    const { pool } = world.database;
    await pool.query(
      `UPDATE connection SET updated_at = now(), position = 1, display_name = '{"en":"Staff"}' WHERE alias = 'gitlab'`,
    );
    await pool.query(`UPDATE connection SET updated_at = now(), hidden = true WHERE alias = 'slack'`);
    await world.broker.connections.clearCache();
    const page = await visitor().open((await app.start()).url);
    expect(offered(page.html)[0]).toBe('gitlab');
    expect(page.text).toContain('Continue with Staff');
    expect(offered(page.html)).not.toContain('slack');
    const named = await visitor().open((await app.start({ connection: 'slack' })).url);
    expect(named.url.pathname).toMatch(/slack/);
    await pool.query(
      'UPDATE connection SET updated_at = now(), position = NULL, display_name = NULL, hidden = false',
    );
    await world.broker.connections.clearCache();
  });

  it('begin with the one that this browser used last, and lead to it by a press only', async () => {
    const browser = visitor();
    await app.signIn({ connection: 'github', user: 'sam', browser });
    const page = await browser.open((await app.start({ prompt: 'login' })).url);
    expect(offered(page.html)[0]).toBe('github');
    expect(page.text).toContain('Continue with GitHub Last used');
    const cookie = page.hops.length >= 0 && browser.cookies.header(new URL(world.issuer));
    expect(cookie).toMatch(/symbolon-last-used=github(;|$)/);
  });
});
