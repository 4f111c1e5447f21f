import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { createDemo } from '../../src/demo/demo.ts';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { newSecret } from '../../src/kit/ids.ts';
import { Secret } from '../../src/kit/secret.ts';
import { invite } from '../console/invite.ts';
import { atEnd } from '../support/at-end.ts';
import { launchChromium } from '../support/chromium.ts';
import { createWorld, freePort, type World } from '../support/world.ts';

// The README's five minutes, with its own words and commands.

const [, tour = ''] = /## Five minutes\n(.*?)\n## /s.exec(readFileSync('README.md', 'utf8')) ?? [];

let world: World;
let browser: Browser;
let demoUrl: string;

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  const port = await freePort();
  demoUrl = `http://localhost:${port}`;
  const secret = new Secret(newSecret());
  world.remember(secret.reveal());
  const connections = world.lab
    .connections()
    .map(({ name, title }) => ({ alias: name, title: { en: title, zh: title } }));
  await world.broker.issuance.apps.ensure(
    'app_demo',
    {
      name: 'Demo app',
      type: 'web',
      redirectUris: [`${demoUrl}/callback`],
      postLogoutRedirectUris: [`${demoUrl}/`],
      homepage: demoUrl,
      connections: connections.map(({ alias }) => ({ connection: alias })),
    },
    secret,
  );
  const about = {
    issuer: world.issuer,
    clientId: 'app_demo',
    clientSecret: secret.reveal(),
    publicUrl: demoUrl,
  };
  const demo = await createDemo({ ...about, connections }).listen(port, '127.0.0.1');
  browser = await launchChromium();
  atEnd(async () => {
    await browser.close();
    await demo.close();
  });
}, 60_000);

/** Returns words that the tour has, so that a change of either fails. */
function said(words: string): string {
  expect(tour.replace(/\s+/g, ' ')).toContain(words);
  return words;
}

const press = (page: Page, words: string) =>
  page.getByRole('button', { name: said(words), exact: true }).click();

/** Runs a command of the tour at this test's lab. */
async function run(path: string): Promise<void> {
  const [, method = '', json] =
    new RegExp(`curl -X (\\w+) localhost:3002/control/${path}(?: -H '[^']+' -d '([^']+)')?\\n`).exec(tour) ??
    [];
  expect([path, method]).toEqual([path, 'POST']);
  await world.control(method, path, json === undefined ? undefined : JSON.parse(json));
}

async function approveAsLin(page: Page): Promise<void> {
  await page.locator(`input[name="user"][value="${said('`lin`').slice(1, -1)}"]`).check();
  await page.getByRole('button', { name: 'Approve' }).click();
}

it('holds word for word', async () => {
  const page = await browser.newPage({ locale: 'en-US', javaScriptEnabled: false });
  page.setDefaultTimeout(30_000);
  const shown = () => page.textContent('body');
  const account = () => page.goto(`${world.issuer}/account`);

  // 1 and 2: sign in, and call.
  await page.goto(demoUrl);
  await press(page, 'Sign in');
  await press(page, 'Continue with WeChat');
  await approveAsLin(page);
  await page.locator('main button').first().click();
  await press(page, 'Call the API of WeChat');
  expect(await shown()).toContain('"openid"');

  // 3: a second account.
  await account();
  await page
    .locator('main')
    .getByRole('button', { name: /sign in/i })
    .or(page.locator('main').getByRole('link', { name: /sign in/i }))
    .first()
    .click();
  await page
    .locator('main')
    .getByRole('button', { name: 'GitHub' })
    .or(page.locator('main').getByRole('link', { name: 'GitHub' }))
    .first()
    .click();
  await approveAsLin(page);
  await page.locator('section.card', { hasText: 'GitHub' }).first().waitFor();

  // 4: a failure, and the way out of each.
  await run('wechat/expire');
  await run('wechat/faults');
  await page.goto(demoUrl);
  await press(page, 'Call the API of WeChat');
  await press(page, 'Call again');
  expect(await shown()).toContain('errcode');
  world.clock.advance(seconds(11));
  await press(page, 'Call with a new token');
  expect(await shown()).toContain('503 provider_unavailable');
  await account();
  expect(await shown()).toContain(said('Being retried'));
  world.clock.advance(minutes(2));
  await page.goto(demoUrl);
  await press(page, 'Call the API of WeChat');
  expect(await shown()).toContain('"openid"');
  await run('wechat/users/lin/revoke');
  world.clock.advance(seconds(11));
  await press(page, 'Call with a new token');
  expect(await shown()).toContain('409 reauthorization_required');
  await page.locator('main a.button').first().click();
  await page.locator('main button').first().click();
  await approveAsLin(page);
  await page.goto(demoUrl);
  await press(page, 'Call the API of WeChat');
  expect(await shown()).toContain('"openid"');

  // 5: unlink it, and go on.
  await account();
  const card = page.locator('section.card', { hasText: 'GitHub' });
  await card
    .getByRole('button', { name: 'Unlink' })
    .or(card.getByRole('link', { name: 'Unlink' }))
    .first()
    .click();
  await page.locator('main button').first().click();
  expect(((await world.control('GET', 'github')) as { grants: unknown[] }).grants).toEqual([]);
  await page.goto(demoUrl);
  said('The demo app therefore asks you to sign in again');
  expect(await shown()).toContain('Sign in again');
  await page.locator('main button').first().click();
  await press(page, 'Sign in');
  await page.getByRole('button', { name: 'Continue with WeChat' }).waitFor();

  // 6: the console, by the link of the command.
  said('npm run symbolon -- admins invite --role owner');
  await page.goto(await invite(world, 'owner'));
  await press(page, 'Accept');
  await page.getByRole('link', { name: 'Open the console' }).click();
  await page.locator('a[href^="/console/sign-in/go"]').click();
  await page.getByRole('button', { name: 'WeChat' }).click();
  await approveAsLin(page);
  await page.waitForURL(said('http://localhost:3000/console').replace('http://localhost:3000', world.issuer));
  expect(await page.getByRole('navigation').first().textContent()).toContain('Linked accounts');
}, 120_000);
