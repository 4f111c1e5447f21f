import { beforeAll, describe, expect, it } from 'vitest';
import { newConnection } from '../../src/login/connection-input.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';

const phone = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130 Mobile';
const inside = {
  wechat: `${phone} MicroMessenger/8.0.50 WeChat/arm64`,
  wecom: `${phone} wxwork/4.1.30 MicroMessenger/7.0.1`,
  dingtalk: `${phone} AliApp(DingTalk/7.6.0) com.alibaba.android.rimet`,
  feishu: `${phone} Lark/7.30.1 LarkLocale/zh_CN`,
  alipay: `${phone} AliApp(AP/10.6.0) AlipayClient/10.6.0`,
};

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  app = await createApp(world, { connections: ['wechat', 'wechat-official-account', 'dingtalk'] });
});

/** The connections that a browser is offered, in order. */
async function offered(userAgent: string): Promise<string[]> {
  const { url } = await app.start();
  const page = await createBrowser({ headers: { 'user-agent': userAgent } }).open(url);
  expect(page.status).toBe(200);
  return [...page.html.matchAll(/name="connection" value="([^"]+)"/g)].map(([, alias]) => alias ?? '');
}

/** The page that an app's request leads to, and the way that it has named. */
async function named(connection: string, userAgent: string) {
  const { url } = await app.start({ connection });
  return (await createBrowser({ headers: { 'user-agent': userAgent } }).open(url)).url.pathname;
}

describe('a connection that an app has named', () => {
  it('leads to the one for the same accounts that works in this browser', async () => {
    expect(await named('wechat', phone)).toMatch(/qrconnect$/);
    expect(await named('wechat', inside.wechat)).toMatch(/oauth2\/authorize$/);
    expect(await named('wechat-official-account', phone)).toMatch(/qrconnect$/);
    expect(await named('github', inside.wechat)).toMatch(/^\/github\//);
  });

  it('stays itself if the other one is of another family', async () => {
    const change = (family: string) => world.broker.connections.change('wechat', { options: { family } });
    await change('other');
    expect(await named('wechat', inside.wechat)).toMatch(/qrconnect$/);
    await change('default');
  });
});

describe('the sign-in page', () => {
  it('moves down what cannot work inside an app, and says so', async () => {
    const { url } = await app.start();
    const browser = createBrowser({ headers: { 'user-agent': inside.alipay, 'accept-language': 'zh-HK' } });
    const page = await browser.open(url);
    expect((await offered(inside.alipay)).slice(-2).sort()).toEqual(['google', 'wechat']);
    expect(page.text).toContain('在当前应用内无法使用，请在系统浏览器中打开本页。');
    expect(page.text).toContain('需使用另一台设备扫描二维码，建议在电脑上打开本页。');
    const elsewhere = await createBrowser({ headers: { 'user-agent': phone } }).open(url);
    expect(elsewhere.text).not.toContain('Does not work inside this app');
    expect(elsewhere.text).toContain('Shows a QR code');
    expect((await createBrowser().open(url)).text).not.toContain('Shows a QR code');
  });

  it('shows readers of Chinese the platforms of China first, with the words that these want', async () => {
    const { url } = await app.start();
    const page = await createBrowser({ headers: { 'accept-language': 'zh-TW' } }).open(url);
    const ways = [...page.html.matchAll(/name="connection" value="([^"]+)"/g)].map(
      ([, alias]) => alias ?? '',
    );
    const home = ['alipay', 'baidu', 'bilibili', 'dingtalk', 'douyin', 'feishu', 'gitee', 'huawei', 'qq'];
    expect(home).toEqual(expect.arrayContaining(ways.slice(0, 6).filter((way) => !/^we|xiaomi/.test(way))));
    expect(page.text).toContain('QQ 登录');
    expect(page.text).not.toContain('使用 QQ 登录');
  });

  it('has no button for the connection of a mobile app', async () => {
    const options = { refresh_days: '180', native_audience: 'wx0123456789abcdef' };
    await world.broker.connections.create(
      newConnection.parse({
        alias: 'wechat-mobile',
        provider: 'wechat-web',
        client_id: options.native_audience,
        client_secret: 'a-secret-of-the-mobile-app',
        options,
      }),
    );
    expect(await offered('')).not.toContain('wechat-mobile');
    expect(await offered('')).toContain('wechat');
  });

  it('shows an ordinary browser the QR page, and no connection that works inside an app only', async () => {
    const ways = await offered(phone);
    expect(ways).toContain('wechat');
    expect(ways).not.toContain('wechat-official-account');
    expect(ways).not.toContain('wechat-mini-program');
  });

  it('shows WeChat’s browser the official account first, and no QR code to scan with itself', async () => {
    const ways = await offered(inside.wechat);
    expect(ways[0]).toBe('wechat-official-account');
    expect(ways).not.toContain('wechat');
    expect(ways).toContain('google');
  });

  it.each(['dingtalk', 'feishu', 'alipay'] as const)(
    'shows %s’s browser its own connection first',
    async (name) => {
      expect((await offered(inside[name]))[0]).toBe(name);
    },
  );

  it("does not take WeCom's browser for WeChat's", async () => {
    expect(await offered(inside.wecom)).not.toContain('wechat-official-account');
  });

  it('is the same for a browser without a user agent', async () => {
    expect(await offered('')).toContain('wechat');
  });
});

it('a person in WeChat’s browser is the one who scanned the code yesterday', async () => {
  const yesterday = await app.signIn({ connection: 'wechat', user: 'lin' });
  const browser = createBrowser({
    headers: { 'user-agent': inside.wechat },
    stopAt: ['https://app.example/'],
  });
  const today = await app.signIn({ connection: 'wechat-official-account', user: 'lin', browser });
  expect(today.claims()?.sub).toBe(yesterday.claims()?.sub);
  const identities = await world.broker.identities.ofUser(today.claims()?.sub ?? '');
  expect(identities).toHaveLength(2);
});
