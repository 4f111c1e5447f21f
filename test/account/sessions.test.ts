import { refreshTokenGrant } from 'openid-client';
import { beforeAll, describe, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { visit } from './visitor.ts';

// A person sees the browsers in which they are signed in, and ends one or all others.

let world: World;
let app: TestApp;
let people = 0;

beforeAll(async () => {
  world = await createWorld({ trustedProxyHops: 1 });
  app = await createApp(world);
});

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0';
const wechat =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 MicroMessenger/8.0.50';

const browserAs = (userAgent: string, address: string, more: Record<string, string> = {}): Browser =>
  createBrowser({
    stopAt: ['https://app.example/'],
    headers: { 'user-agent': userAgent, 'x-forwarded-for': address, ...more },
  });

async function inTwoBrowsers() {
  people += 1;
  const user = `visitor-${people}`;
  const away = browserAs(wechat, '198.51.100.77');
  const tokens = await app.signIn({ connection: 'google', user, browser: away, scope: 'openid' });
  const offline = await app.signIn({ connection: 'google', user, browser: away });
  const here = await visit(world, { connection: 'google', user }, browserAs(firefox, '203.0.113.9'));
  return { user, away, here, tokens, offline };
}

describe('the page of sessions', () => {
  it('names browser, system, network, way in and apps of each, and marks this one', async () => {
    const { here } = await inTwoBrowsers();
    const page = await here.open('/account/sessions');
    const [first, second, ...more] = page.html.split('<section class="card">').slice(1);
    expect(more).toEqual([]);
    expect(first).toContain('Firefox on Windows');
    expect(first).toContain('This browser');
    expect(first).toContain('203.0.113.*');
    expect(first).toContain('only this page');
    expect(second).toContain('WeChat on iPhone');
    expect(second).toContain('198.51.100.*');
    expect(second).toContain('Test app');
    expect(second).toMatch(/Google \(/);
    expect(second).not.toContain('This browser');
    expect(page.text).not.toContain('198.51.100.77');
  });

  it('is in Chinese for Chinese people', async () => {
    people += 1;
    const browser = browserAs(firefox, '203.0.113.9', { 'accept-language': 'zh-CN' });
    const here = await visit(world, { connection: 'github', user: `visitor-${people}` }, browser);
    const { text } = await here.open('/account/sessions');
    expect(text).toContain('Firefox（Windows）');
    expect(text).toContain('当前浏览器');
    expect(text).toContain('（北京时间）');
  });

  it('ends one other browser, with the tokens of its session and not those for while the person is away', async () => {
    const { here, away, tokens, offline } = await inTwoBrowsers();
    const page = await here.open('/account/sessions');
    const ended = await here.press(
      page,
      /action="(\/account\/sessions\/[^"/]+\/end)"/.exec(page.html.split('WeChat on')[1] ?? '')?.[1] ?? '',
    );
    expect(ended.url.search).toBe('?notice=session_ended');
    expect(ended.text).toContain('No other browser is signed in.');
    expect((await away.open(`${world.issuer}/account`)).text).toContain('Sign in');
    const userinfo = await fetch(`${world.issuer}/userinfo`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    expect(userinfo.status).toBe(401);
    await expect(refreshTokenGrant(app.configuration, offline.refresh_token ?? '')).resolves.toBeDefined();
    expect((await here.open('/account/sessions')).status).toBe(200);
  });

  it('ends all others, the account page there included', async () => {
    const { here, user, away } = await inTwoBrowsers();
    await visit(world, { connection: 'google', user }, away);
    const page = await here.open('/account/sessions');
    const ended = await here.browser.submit(page);
    expect(ended.url.search).toBe('?notice=sessions_ended');
    expect((await away.open(`${world.issuer}/account/sessions`)).url.pathname).not.toBe('/account/sessions');
    expect((await here.open('/account/sessions')).text).toContain('This browser');
  });

  it('ends this one, as a sign-out does', async () => {
    const { here } = await inTwoBrowsers();
    const page = await here.open('/account/sessions');
    const form = page.forms.findIndex(({ action }) => /sessions\/[^/]+\/end$/.test(action));
    const left = await here.browser.submit(page, { form });
    expect(left.url.pathname).toBe('/account');
    expect(left.text).toContain('See which accounts you have linked');
  });

  it('does not end the session of another person', async () => {
    const [one, other] = [await inTwoBrowsers(), await inTwoBrowsers()];
    const page = await one.here.open('/account/sessions');
    const theirs = await other.here.open('/account/sessions');
    const form = theirs.forms.findIndex(({ action }) => /sessions\/[^/]+\/end$/.test(action));
    const action = theirs.forms[form]?.action ?? '';
    const forms = page.forms.map((shown) => ({ ...shown, action }));
    expect((await one.here.browser.submit({ ...page, forms })).status).toBe(404);
    expect((await other.here.open('/account/sessions')).status).toBe(200);
  });
});
