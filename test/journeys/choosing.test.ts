import { beforeAll, describe, expect, it } from 'vitest';
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
  world = await createWorld();
  app = await createApp(world, { connections: ['wechat', 'wechat-official-account', 'dingtalk'] });
});

/** The connections that a browser is offered, in order. */
async function offered(userAgent: string): Promise<string[]> {
  const { url } = await app.start();
  const page = await createBrowser({ headers: { 'user-agent': userAgent } }).open(url);
  expect(page.status).toBe(200);
  return [...page.html.matchAll(/name="connection" value="([^"]+)"/g)].map(([, alias]) => alias ?? '');
}

describe('the sign-in page', () => {
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
