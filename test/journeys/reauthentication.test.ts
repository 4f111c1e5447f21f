import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// An app that wants proof that the person is there sends them to the provider again, not only to us.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

const forced = { facebook: ['auth_type', 'reauthenticate'], google: ['prompt', 'select_account'] } as const;

/** With `max_age`, since only then the ID token says when. */
async function ask(browser: Browser, connection: string, parameters: Record<string, string>) {
  const { url, checks } = await app.start({ connection, scope: 'openid', max_age: '10000', ...parameters });
  return { page: await browser.open(url), checks };
}

async function redeem(browser: Browser, { page, checks }: Awaited<ReturnType<typeof ask>>, user: string) {
  let current: Page = page;
  for (let steps = 0; steps < 5 && !current.stopped; steps += 1) {
    const atProvider = current.text.includes('(simulated)');
    current = await browser.submit(current, atProvider ? { fields: { user } } : {});
  }
  const tokens = await oidc.authorizationCodeGrant(app.configuration, current.url, checks);
  world.remember(tokens.access_token, tokens.id_token, current.url.searchParams.get('code') ?? undefined);
  return Number(tokens.claims()?.auth_time);
}

/** Times in tokens are whole seconds of the system's clock. */
async function later(than: number): Promise<void> {
  await expect.poll(() => Date.now() / 1000, { timeout: 5_000 }).toBeGreaterThan(than + 2);
}

describe.each(['facebook', 'google'] as const)('with %s', (connection) => {
  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['a max_age that has passed', { max_age: '1' }],
  ] as const)('%s goes to the provider, and auth_time is later', async (name, wanted) => {
    const user = `visitor-${name.length}`;
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const first = await redeem(browser, await ask(browser, connection, {}), user);
    await later(first);

    const silent = await ask(browser, connection, {});
    expect(silent.page.stopped).toBe(true);
    expect(await redeem(browser, silent, user)).toBe(first);

    const asked = await ask(browser, connection, wanted);
    expect(asked.page.url.origin).toBe(new URL(world.lab.url).origin);
    const [parameter, value] = forced[connection];
    expect(asked.page.url.searchParams.get(parameter)).toBe(value);
    expect(await redeem(browser, asked, user)).toBeGreaterThan(first);
  });
});

it('somebody who turns back at the provider has proved nothing', async () => {
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const first = await redeem(browser, await ask(browser, 'facebook', {}), 'visitor-99');
  const asked = await ask(browser, 'facebook', { prompt: 'login' });
  const denied = await browser.submit(asked.page, { button: 'deny' });
  expect(denied.url.searchParams.get('error')).toBe('access_denied');
  const silent = await ask(browser, 'facebook', {});
  expect(await redeem(browser, silent, 'visitor-99')).toBe(first);
});
