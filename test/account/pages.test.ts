import { mkdir } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, type World } from '../support/world.ts';

// The pages of the account in a real browser: on a phone and a desk, in both languages and schemes, without and with
// JavaScript.

let world: World;
let browser: Browser;
const pictures = process.env.SYMBOLON_PICTURES;

beforeAll(async () => {
  world = await createWorld();
  browser = await launchChromium();
  atEnd(() => browser.close());
  if (pictures !== undefined) await mkdir(pictures, { recursive: true });
}, 60_000);

/** A person whose account one app has used, and whose GitHub account an app of the operator may use. */
async function usedPerson(user: string, connection: string) {
  const app = await createApp(world, { connections: [connection] });
  await createApp(world, { connections: ['github'], firstParty: true });
  const tokens = await app.signIn({ connection, user });
  const { status } = await callApi(
    world.issuer,
    `/v1/me/identities/${connection}/token`,
    tokens.access_token,
  );
  expect(status).toBe(200);
  return app.clientId;
}

async function signIn(page: Page, user: string, way = /Google/): Promise<void> {
  await page.goto(`${world.issuer}/account`);
  await page.locator('main form button').first().click();
  await page.getByRole('button', { name: way }).first().click();
  await page.locator(`input[name="user"][value="${user}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.waitForURL(/\/account$/);
}

interface Reader {
  readonly user: string;
  readonly connection: string;
  readonly way: RegExp;
  readonly options: BrowserContextOptions;
  /** The headings of overview, activity, sessions, data and erasure. */
  readonly titles: readonly string[];
  /** The end of a time on a page of a browser that has told no zone yet. */
  readonly zone: RegExp;
}

const readers: readonly (readonly [string, Reader])[] = [
  [
    'a phone, in Chinese, dark, without JavaScript',
    {
      user: 'lin',
      connection: 'wechat',
      way: /微信/,
      options: {
        locale: 'zh-CN',
        colorScheme: 'dark',
        viewport: { width: 360, height: 740 },
        javaScriptEnabled: false,
      },
      titles: ['林小雨', '使用记录', '登录设备', '我的数据', '确认注销账号？'],
      zone: /（北京时间）$/,
    },
  ],
  [
    'a desk, in English, light, with JavaScript',
    {
      user: 'ada',
      connection: 'google',
      way: /Google/,
      options: {
        locale: 'en-US',
        colorScheme: 'light',
        viewport: { width: 1280, height: 900 },
        timezoneId: 'Asia/Tokyo',
      },
      titles: ['Ada Okafor', 'Activity', 'Where you are signed in', 'My data', 'Erase your account?'],
      zone: /GMT\+9$|UTC\+09:00$/,
    },
  ],
];

it.each(readers)(
  'each page is usable and at home: %s',
  async (_name, { user, connection, way, options, titles, zone }) => {
    const clientId = await usedPerson(user, connection);
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    const refused: string[] = [];
    page.on('console', (message) => {
      if (message.type() === 'error') refused.push(message.text());
    });
    await signIn(page, user, way);
    const identity = await page.locator('main section.card').first().getAttribute('id');
    await vi.waitFor(async () => {
      await page.goto(`${world.issuer}/account`);
      expect(await page.locator('section.notice').count()).toBe(1);
    });
    const shown = async (path: string, picture: string, title?: string) => {
      await page.goto(`${world.issuer}${path}`);
      if (title !== undefined) expect(await page.textContent('h1')).toBe(title);
      // axe is a script of its own, which runs although the page may run none.
      if (options.javaScriptEnabled !== false) expect(await obstacles(page), path).toEqual([]);
      const width = await page.evaluate('document.documentElement.scrollWidth');
      expect(Number(width), path).toBeLessThanOrEqual(options.viewport?.width ?? 0);
      const name = `account-${picture}-${user}.png`;
      if (pictures !== undefined) await page.screenshot({ path: `${pictures}/${name}`, fullPage: true });
    };
    const [overview, activity, sessions, data, erase] = titles;
    await shown('/account', 'overview', overview);
    await shown('/account/activity', 'activity', activity);
    expect(await page.locator('time').first().textContent()).toMatch(zone);
    await shown('/account/sessions', 'sessions', sessions);
    await shown('/account/data', 'data', data);
    await shown('/account/data/erase', 'erase', erase);
    await shown(`/account/identities/${identity}`, 'identity');
    await shown(`/account/apps/${clientId}`, 'app', 'Test app');
    await shown(`/account/apps/${clientId}/withdraw?connection=${connection}`, 'withdraw');
    expect(refused).toEqual([]);
    await context.close();
  },
  60_000,
);

it('the first visit has the times of the browser, by the script', async () => {
  const context = await browser.newContext({ locale: 'en-US', timezoneId: 'America/New_York' });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await signIn(page, 'sam');
  const time = page.locator('time').first();
  await expect.poll(() => time.textContent()).toMatch(/GMT-[45]$|E[DS]T$|UTC-0[45]:00$/);
  await page.reload();
  await expect.poll(() => time.textContent()).toMatch(/UTC-0[45]:00$/);
  await context.close();
}, 60_000);
