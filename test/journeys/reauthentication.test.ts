import * as oidc from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

// An app that requires a recent sign-in sends the person to the provider again, not only to the broker.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ providers: ['yahoo-japan', 'line'] });
  app = await createApp(world);
});

const forced = {
  facebook: ['auth_type', 'reauthenticate'],
  google: ['prompt', 'select_account'],
  'openid-connect': ['prompt', 'login'],
} as const;

/** The request has `max_age`, since the ID token states the time only then. */
async function ask(browser: Browser, connection: string, parameters: Record<string, string>) {
  const { url, checks } = await app.start({ connection, scope: 'openid', max_age: '10000', ...parameters });
  return { page: await browser.open(url), checks };
}

/** Submits every page that follows, until a page of the app or an error. */
async function comeBack(browser: Browser, page: Page, user: string): Promise<Page> {
  let current: Page = page;
  for (let steps = 0; steps < 5 && !current.stopped && current.status === 200; steps += 1) {
    const atProvider = current.text.includes('(simulated)');
    current = await browser.submit(current, atProvider ? { fields: { user } } : {});
  }
  return current;
}

async function redeem(browser: Browser, { page, checks }: Awaited<ReturnType<typeof ask>>, user: string) {
  const current = await comeBack(browser, page, user);
  const tokens = await oidc.authorizationCodeGrant(app.configuration, current.url, checks);
  world.remember(tokens.access_token, tokens.id_token, current.url.searchParams.get('code') ?? undefined);
  return Number(tokens.claims()?.auth_time);
}

/** Times in tokens are whole seconds of the system's clock. */
async function later(than: number): Promise<void> {
  await expect.poll(() => Date.now() / 1000, { timeout: 5_000 }).toBeGreaterThan(than + 2);
}

describe.each(['facebook', 'google', 'openid-connect'] as const)('with %s', (connection) => {
  it.each([
    ['prompt=login', { prompt: 'login' }],
    ['a max_age that has passed', { max_age: '1' }],
  ] as const)('%s leads to the provider, and auth_time is later', async (name, wanted) => {
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

it('a person who cancels at the provider has proved nothing', async () => {
  const browser = createBrowser({ stopAt: ['https://app.example/'] });
  const first = await redeem(browser, await ask(browser, 'facebook', {}), 'visitor-99');
  const asked = await ask(browser, 'facebook', { prompt: 'login' });
  const denied = await browser.submit(asked.page, { button: 'deny' });
  expect(denied.url.searchParams.get('error')).toBe('access_denied');
  const silent = await ask(browser, 'facebook', {});
  expect(await redeem(browser, silent, 'visitor-99')).toBe(first);
});

describe('the provider’s auth_time', () => {
  /** Signs in, and then requests a sign-in that fails at the provider. */
  async function again(connection: string, { fault }: { fault?: string }) {
    visitors += 1;
    const user = `visitor-${visitors}`;
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    await redeem(browser, await ask(browser, connection, {}), user);
    const asked = await ask(browser, connection, { prompt: 'login' });
    if (fault !== undefined) await world.control('POST', `${connection}/faults`, { on: 'token', fault });
    return { user, browser, asked, page: await comeBack(browser, asked.page, user) };
  }
  let visitors = 200;

  const parameterOf = (page: Page, name: string) => page.url.searchParams.get(name);
  const failures = async () => {
    const { rows } = await world.database.pool.query<{ connection: string; detail: object }>(
      `SELECT connection, detail FROM audit_event WHERE type = 'login.failed' ORDER BY at DESC, id DESC`,
    );
    return rows;
  };

  it.each(['openid-connect', 'yahoo-japan', 'line'])(
    '%s is checked, and the request states max_age',
    async (connection) => {
      const { asked, page } = await again(connection, {});
      expect(parameterOf(asked.page, 'max_age')).toBe('0');
      expect(page.stopped).toBe(true);
    },
  );

  it('a provider without max_age is not sent it', async () => {
    const { asked, page } = await again('google', {});
    expect(parameterOf(asked.page, 'max_age')).toBeNull();
    expect(page.stopped).toBe(true);
  });

  it('choosing another account requests no new sign-in', async () => {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const { url } = await app.start({
      connection: 'openid-connect',
      scope: 'openid',
      prompt: 'select_account',
    });
    const page = await browser.open(url);
    expect([parameterOf(page, 'prompt'), parameterOf(page, 'max_age')]).toEqual(['login', null]);
    await world.control('POST', 'openid-connect/faults', { on: 'token', fault: 'id_token_stale_auth_time' });
    expect((await comeBack(browser, page, 'visitor-400')).stopped).toBe(true);
  });

  it.each([
    ['openid-connect', 'id_token_stale_auth_time', 'auth_time_stale'],
    ['openid-connect', 'id_token_early_auth_time', 'auth_time_stale'],
    ['openid-connect', 'id_token_no_auth_time', 'auth_time_missing'],
    // The provider may leave the time out; if it states one, it counts.
    ['google', 'id_token_stale_auth_time', 'auth_time_stale'],
  ])('%s with %s completes no sign-in, and can be retried', async (connection, fault, code) => {
    const before = (await failures()).length;
    const { user, browser, asked, page } = await again(connection, { fault });
    expect([page.stopped, page.status]).toEqual([false, 403]);
    expect(page.text).toContain('did not confirm that you have just signed in');
    expect(page.text).toContain('reauthentication_not_proven');
    const told = await failures();
    expect(told.length).toBe(before + 1);
    expect(told).toContainEqual({ connection, detail: { step: 'callback', code } });

    const retry = page.links.find(({ text }) => text === 'Try again')?.href ?? '';
    const onceMore = { page: await browser.open(new URL(retry, page.url)), checks: asked.checks };
    expect(await redeem(browser, onceMore, user)).toBeGreaterThan(0);
  });

  it('a missing one is reported in Chinese too', async () => {
    const browser = createBrowser({ stopAt: [`${world.issuer}/connections/`] });
    const asked = await ask(browser, 'openid-connect', { prompt: 'login' });
    await world.control('POST', 'openid-connect/faults', { on: 'token', fault: 'id_token_stale_auth_time' });
    const back = await browser.submit(asked.page, { fields: { user: 'visitor-500' } });
    const page = await browser.open(back.url, { 'accept-language': 'zh-CN' });
    expect(page.text).toContain('该平台未能确认您刚刚登录过');
  });

  it('a max_age that is not exceeded goes to a provider that takes it, also for a new person', async () => {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const fresh = await ask(browser, 'openid-connect', { max_age: '600' });
    expect([parameterOf(fresh.page, 'max_age'), parameterOf(fresh.page, 'prompt')]).toEqual(['600', null]);
    await world.control('POST', 'openid-connect/faults', { on: 'token', fault: 'id_token_stale_auth_time' });
    const stale = await comeBack(browser, fresh.page, 'visitor-300');
    expect(stale.text).toContain('reauthentication_not_proven');
    // A provider that states no time cannot be distinguished from one that has just asked for a password.
    await world.control('POST', 'openid-connect/faults', { on: 'token', fault: 'id_token_no_auth_time' });
    const silent = await ask(browser, 'openid-connect', { max_age: '600' });
    expect((await comeBack(browser, silent.page, 'visitor-300')).stopped).toBe(true);
    // A provider without `max_age` is told to authenticate the person in any case.
    const elsewhere = await ask(createBrowser(), 'facebook', { max_age: '600' });
    expect(parameterOf(elsewhere.page, 'auth_type')).toBe('reauthenticate');
  });
});
