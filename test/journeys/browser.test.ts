import { mkdir } from 'node:fs/promises';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { createDemo } from '../../src/demo/demo.ts';
import { newSecret } from '../../src/kit/ids.ts';
import { Secret } from '../../src/kit/secret.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { obstacles } from '../support/usable.ts';
import { createWorld, freePort, type World } from '../support/world.ts';

// The first steps of a new operator after `npm start`, by clicking.

let world: World;
let browser: Browser;
let demoUrl: string;
/** An app that uses accounts in the background. */
let nightly: string;
const pictures = process.env.SYMBOLON_PICTURES ?? 'test-results';

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  const port = await freePort();
  demoUrl = `http://localhost:${port}`;
  const secret = new Secret(newSecret());
  world.remember(secret.reveal());
  await world.broker.issuance.apps.ensure(
    'app_demo',
    {
      name: 'Demo app',
      type: 'web',
      redirectUris: [`${demoUrl}/callback`],
      postLogoutRedirectUris: [`${demoUrl}/`],
      homepage: demoUrl,
      connections: world.lab.connections().map(({ name }) => ({ connection: name })),
    },
    secret,
  );
  const background = [{ connection: 'github', background: true }];
  const { app } = await world.broker.issuance.apps.create({
    name: 'Nightly backup',
    type: 'service',
    connections: background,
  });
  nightly = app.id;
  const demo = createDemo({
    issuer: world.issuer,
    clientId: 'app_demo',
    clientSecret: secret.reveal(),
    publicUrl: demoUrl,
    connections: world.lab
      .connections()
      .map(({ name, title }) => ({ alias: name, title: { en: title, zh: title } })),
  });
  const running = await demo.listen(port, '127.0.0.1');
  await Promise.all([pictures, 'test-results'].map((folder) => mkdir(folder, { recursive: true })));
  browser = await launchChromium();
  atEnd(async () => {
    await browser.close();
    await running.close();
  });
}, 60_000);

/** Picks the person on the lab's page, and approves. */
async function approveAs(page: Page, person: string): Promise<void> {
  await page.locator(`input[name="user"][value="${person}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
}

it('a person signs in, sees the provider’s answer, links a second account and unlinks it', async () => {
  const context = await browser.newContext({ locale: 'en-US', viewport: { width: 820, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);

  await page.goto(demoUrl);
  await page
    .getByRole('button', { name: 'Sign in', exact: true })
    .or(page.getByRole('link', { name: 'Sign in', exact: true }))
    .click();
  await page.getByRole('button', { name: 'Continue with WeChat' }).click();
  await approveAs(page, 'ada');
  await expect.poll(() => page.textContent('h1')).toContain('Allow');
  // The demo asks for the account that the person has chosen, and for no other.
  expect(await page.textContent('main')).toContain('WeChat');
  expect(await page.textContent('main')).not.toContain('GitHub');
  await page.screenshot({ path: `${pictures}/consent.png` });
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByRole('button', { name: /API of WeChat/ }).waitFor();
  await page.screenshot({ path: `${pictures}/signed-in.png` });

  await page.getByRole('button', { name: /API of WeChat/ }).click();
  const shown = await page.textContent('body');
  expect(shown).toContain('"openid"');
  expect(shown).toContain('Ada');
  await page.screenshot({ path: `${pictures}/called.png` });

  await page.goto(`${world.issuer}/account`);
  const signIn = page
    .locator('main')
    .getByRole('link', { name: /sign in/i })
    .or(page.locator('main').getByRole('button', { name: /sign in/i }));
  await signIn.first().click();
  await page.getByRole('heading', { name: 'Linked accounts' }).waitFor();
  await page
    .locator('main')
    .getByRole('link', { name: 'GitHub' })
    .or(page.locator('main').getByRole('button', { name: 'GitHub' }))
    .click();
  await approveAs(page, 'ada');
  await page.getByRole('heading', { name: 'Linked accounts' }).waitFor();
  await page.screenshot({ path: `${pictures}/account.png`, fullPage: true });
  expect(await page.locator('section.card').count()).toBe(2);

  await page
    .locator('section.card', { hasText: 'GitHub' })
    .getByRole('button', { name: 'Unlink' })
    .or(page.locator('section.card', { hasText: 'GitHub' }).getByRole('link', { name: 'Unlink' }))
    .click();
  await page.locator('main button').first().click();
  await page.getByRole('heading', { name: 'Linked accounts' }).waitFor();
  expect(await page.locator('section.card').count()).toBe(1);
  const lab = (await world.control('GET', 'github')) as { grants: unknown[] };
  expect(lab.grants).toEqual([]);
  await context.close();
}, 60_000);

const readers = [
  {
    reader: { locale: 'zh-CN', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
    lang: 'zh-CN',
    person: 'mallory',
    words: ['登录', '授权确认', '页面不存在'],
  },
  {
    reader: { locale: 'en-US', colorScheme: 'light', viewport: { width: 1280, height: 740 } },
    lang: 'en',
    person: 'sam',
    words: ['Sign in', 'Allow access?', 'Page not found'],
  },
] as const;

it.each(readers)(
  'every page is accessible ($lang)',
  async ({ reader, lang, person, words }) => {
    const context = await browser.newContext(reader);
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    const usable = async (url: string | RegExp, heading?: string) => {
      await page.waitForURL(url);
      expect(await obstacles(page), page.url()).toEqual([]);
      if (heading !== undefined) expect(await page.textContent('h1')).toBe(heading);
    };
    const visit = async (url: string, heading?: string) => {
      await page.goto(url);
      await usable(url, heading);
    };
    const [signIn, consent, notFound] = words;

    await visit(`${demoUrl}/`);
    await page.locator('main button').first().click();
    await page.waitForURL(/\/interaction\//);
    expect(await page.getAttribute('html', 'lang')).toBe(lang);
    await page.locator('summary').click();
    await usable(/\/interaction\//, signIn);
    await page.locator('button[value="github"]').click();
    await usable(/\/github\//);
    await approveAs(page, person);
    await usable(/\/interaction\//, consent);
    await page.locator('main button').first().click();
    await usable(`${demoUrl}/`);
    await page.locator('form[action="/call"] button').first().click();
    await usable(`${demoUrl}/call`);

    await page.goto(`${world.issuer}/account/login`);
    await usable(/\/account$/);
    await page.locator('a[href$="/withdraw"]').click();
    await usable(/\/withdraw$/);
    await visit(`${world.issuer}/account/apps/${nightly}/background/github`);
    await visit(`${world.issuer}/account/apps/app_demo/withdraw?connection=github`);
    await page.locator('button[name="also"]').focus();
    await page.keyboard.press('Enter');
    await usable(/notice=withdrawn_revoked$/);
    await visit(`${world.issuer}/account/link/wechat`);
    await visit(`${world.issuer}/nowhere`, notFound);
    await visit(`${world.issuer}/oidc/logout`);
    await visit(`${world.lab.url}/`);
    await page.goto(`${world.issuer}/docs`);
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
    await context.close();
  },
  60_000,
);
