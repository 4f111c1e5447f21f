import { beforeAll, describe, expect, it } from 'vitest';
import { createBrowserSessionStore } from '../../src/http/browser-session-store.ts';
import { adminClient } from '../admin/client.ts';
import { createApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, visit, type Who, walk } from './visitor.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ providers: ['discord'] });
});

const cookie = 'symbolon-account';

describe('signing in to the account page', () => {
  it('shows the person and the linked accounts, and contains no token', async () => {
    const visitor = await visit(world, { connection: 'wechat', user: 'lin' });
    const page = await visitor.open('/account');
    expect(page.text).toContain('林小雨');
    expect(page.text).toContain('WeChat Working');
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.html.match(/<script[^>]*>[^<]*/g)).toEqual([
      '<script type="module" src="/assets/console.js">',
    ]);
    const { rows } = await world.database.pool.query('SELECT sid, sess::text AS sess FROM browser_session');
    const stored = JSON.stringify(rows);
    const id =
      decodeURIComponent(visitor.browser.cookies.get(cookie) ?? '')
        .slice(2)
        .split('.')[0] ?? 'none';
    expect(stored).not.toContain(id);
    for (const word of ['token', 'code', 'verifier', 'nonce', 'eyJ']) expect(stored).not.toContain(word);
  });

  it('replaces the session by a new one', async () => {
    const browser = createBrowser();
    await browser.open(`${world.issuer}/account/login`);
    const before = browser.cookies.get(cookie);
    await visit(world, { connection: 'github', user: 'ada' }, browser);
    expect(before).toBeDefined();
    expect(browser.cookies.get(cookie)).not.toBe(before);
  });

  it('works in two tabs at once', async () => {
    const browser = createBrowser();
    const first = await browser.open(`${world.issuer}/account/login?to=/account?app=one`);
    await browser.open(`${world.issuer}/account/login`);
    const landed = await walk(browser, first, { connection: 'github', user: 'sam' });
    expect([landed.status, landed.url.pathname + landed.url.search]).toEqual([200, '/account?app=one']);
  });

  it('speaks Chinese to those who prefer it', async () => {
    const browser = createBrowser({ headers: { 'accept-language': 'zh-CN,zh;q=0.9' } });
    expect((await browser.open(`${world.issuer}/account`)).text).toContain('登录');
    const visitor = await visit(world, { connection: 'google', user: 'ada' }, browser);
    const page = await visitor.open('/account');
    expect(page.html).toContain('<html lang="zh-CN">');
    expect(page.text).toContain('已关联的账号');
  });

  it('shows untrusted names as text, and no invalid picture', async () => {
    const visitor = await visit(world, { connection: 'github', user: 'mallory' });
    const page = await visitor.open('/account');
    expect(page.html).not.toContain('<img src=x');
    expect(page.html).not.toContain('\u202e');
    expect(page.html).not.toContain('javascript:');
  });
});

describe('a callback of another browser', () => {
  const state = 'a'.repeat(64);

  it.each([
    `?code=x&state=${state}`,
    '?code=x',
    '',
    '?state=a&state=b&code=c',
    `?error=access_denied&state=${state}`,
  ])('signs no one in: %s', async (query) => {
    const browser = createBrowser();
    const page = await browser.open(`${world.issuer}/account/callback${query}`);
    expect(page.status).toBe(400);
    expect((await browser.open(`${world.issuer}/account`)).text).toContain('Sign in');
  });

  it('is refused the second time, and from another browser', async () => {
    const browser = createBrowser({ stopAt: [`${world.issuer}/account/callback`] });
    const start = await browser.open(`${world.issuer}/account/login`);
    const answer = await walk(browser, start, { connection: 'wechat', user: 'ada' });
    expect(answer.stopped).toBe(true);
    expect((await createBrowser().open(answer.url)).status).toBe(400);
    const head = await fetch(answer.url, { method: 'HEAD' });
    expect(head.status).toBe(405);
    const mixed = new URL(answer.url);
    mixed.searchParams.set('iss', 'https://evil.example');
    expect((await createBrowser().open(mixed)).status).toBe(400);
  });
});

describe('coming back after signing in', () => {
  it.each([
    '//evil.example/account',
    'https://evil.example/account',
    '/\\evil.example',
    'javascript:alert(1)',
    '/account/../../evil',
    '/accountant',
    '/account/login',
    '/account/callback?x',
    '/\t/evil.example',
    '/.//evil.example/account',
  ])('never redirects to %s', async (to) => {
    const browser = createBrowser();
    const start = await browser.open(`${world.issuer}/account/login?${new URLSearchParams({ to })}`);
    const landed = await walk(browser, start, { connection: 'wechat', user: 'lin' });
    expect(landed.url.href).toBe(`${world.issuer}/account`);
    expect(landed.status).toBe(200);
  });
});

describe('a session ends', () => {
  /** Lin is signed in at the broker's pages; another person signs in to an app in the same browser. */
  async function besideAnApp() {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const here = await visit(world, { connection: 'wechat', user: 'lin' }, browser);
    const app = await createApp(world);
    const parameters = { prompt: 'login' };
    return { here, signIn: (who: Who) => app.signIn({ ...who, browser, parameters }) };
  }

  it('when the person signs out', async () => {
    const visitor = await visit(world, { connection: 'wechat', user: 'lin' });
    const asked = await visitor.press(await visitor.open('/account'), '/account/sign-out');
    expect(asked.url.pathname).toBe('/oidc/logout');
    const out = await visitor.browser.submit(asked);
    expect(out.url.pathname).toBe('/account');
    expect(out.forms[0]?.action).toBe('/account/login');
    const again = await visitor.browser.open(`${world.issuer}/account/login`);
    expect(again.url.pathname).toMatch(/^\/interaction\//);
  });

  it('when the person signs out at the logout endpoint for apps, and in this browser only', async () => {
    const here = await visit(world, { connection: 'wechat', user: 'lin' });
    const elsewhere = await visit(world, { connection: 'wechat', user: 'lin' });
    const asked = await here.open('/oidc/logout');
    expect(identitiesOn(await here.open('/account'))).toHaveLength(1);
    await here.browser.submit(asked);
    expect((await here.open('/account')).forms[0]?.action).toBe('/account/login');
    expect(identitiesOn(await elsewhere.open('/account'))).toHaveLength(1);
  });

  it('when an app sends the person there with an ID token, without a question', async () => {
    const browser = createBrowser({ stopAt: ['https://app.example/'] });
    const here = await visit(world, { connection: 'wechat', user: 'lin' }, browser);
    const app = await createApp(world);
    const { id_token } = await app.signIn({ connection: 'wechat', user: 'lin', browser });
    const out = await here.open(`/oidc/logout?${new URLSearchParams({ id_token_hint: String(id_token) })}`);
    expect(out.url.pathname).toBe('/oidc/logout/success');
    expect((await here.open('/account')).forms[0]?.action).toBe('/account/login');
  });

  it('when another person signs in to an app in this browser and continues elsewhere', async () => {
    const { here, signIn } = await besideAnApp();
    const elsewhere = await visit(world, { connection: 'wechat', user: 'lin' });
    await signIn({ connection: 'github', user: 'sam' });
    const page = await here.open('/account');
    expect([page.forms[0]?.action, identitiesOn(page)]).toEqual(['/account/login', []]);
    expect(identitiesOn(await elsewhere.open('/account'))).toHaveLength(1);
  });

  it('not when the same person signs in to an app', async () => {
    const { here, signIn } = await besideAnApp();
    await signIn({ connection: 'wechat', user: 'lin' });
    expect(identitiesOn(await here.open('/account'))).toHaveLength(1);
  });

  it('when the next person signs in to this page', async () => {
    const { browser, open } = await visit(world, { connection: 'wechat', user: 'lin' });
    const landed = await walk(browser, await open('/account/login?fresh=1'), {
      connection: 'github',
      user: 'sam',
    });
    expect([landed.status, landed.url.pathname]).toEqual([200, '/account']);
    expect(landed.text).toContain('GitHub Working');
    expect(landed.text).not.toContain('WeChat Working');
  });

  it('when an operator disables the person, and does not return when they are enabled', async () => {
    const call = adminClient(world);
    const visitor = await visit(world, { connection: 'discord', user: 'ada' });
    for (const disabled of [true, false])
      expect((await call('PATCH', `/users/${visitor.userId}`, { disabled })).status).toBe(200);
    expect((await visitor.open('/account')).forms[0]?.action).toBe('/account/login');
  });

  it('when an operator disables the person', async () => {
    const visitor = await visit(world, { connection: 'facebook', user: 'ada' });
    await world.broker.identities.setDisabled(visitor.userId, true);
    const page = await visitor.open('/account');
    expect(page.forms[0]?.action).toBe('/account/login');
    const link = await visitor.open('/account/link/github');
    expect(link.url.pathname).not.toMatch(/^\/account\/link/);
  });

  it('and is deleted, when its cookie has expired', async () => {
    const { pool } = world.database;
    const late = await visit(world, { connection: 'wechat', user: 'lin' });
    const there = async () => (await pool.query('SELECT sid FROM browser_session ORDER BY sid')).rows;
    const before = await there();
    const over = `INSERT INTO browser_session (sid, sess, expire) VALUES ('over', '{}', now() - interval '1 second')`;
    await pool.query(over);
    await createBrowserSessionStore(pool).removeExpired();
    expect(await there()).toEqual(before);
    expect(identitiesOn(await late.open('/account'))).toHaveLength(1);
  });

  it('a week after the sign-in, however often it is used', async () => {
    const visitor = await visit(world, { connection: 'facebook', user: 'sam' });
    world.clock.advance(8 * 24 * 3_600_000);
    expect((await visitor.open('/account')).forms[0]?.action).toBe('/account/login');
  });
});
