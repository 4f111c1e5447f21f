import { beforeAll, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { type Browser, createBrowser, type Page } from '../support/browser.ts';
import { faultsOnPage, linesOf } from '../support/chinese.ts';
import { createWorld, type World } from '../support/world.ts';

// The pages as a reader of Chinese sees them: templates join texts with names, and half of the names are Latin.

let world: World;
let app: TestApp;
const connections = ['wechat', 'wechat-official-account', 'huawei', 'xiaomi', 'github', 'gitee'];

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
  app = await createApp(world, { connections });
});

const chinese = (headers: Readonly<Record<string, string>> = {}) =>
  createBrowser({ stopAt: ['https://app.example/'], headers: { 'accept-language': 'zh-CN', ...headers } });

function expectChinese(page: Page): readonly string[] {
  expect(page.html, page.url.href).toContain('<html lang="zh-CN">');
  expect(faultsOnPage(page.html), page.url.href).toEqual([]);
  return linesOf(page.html);
}

async function signedIn(browser: Browser, connection: string): Promise<Browser> {
  await app.signIn({ connection, user: 'lin', browser });
  await browser.open(`${world.issuer}/account/login`);
  return browser;
}

it('sign-in and consent', async () => {
  const browser = chinese();
  expectChinese(await browser.open((await app.start()).url));
  const { url } = await app.start({
    connection: 'github',
    scope: `openid profile email offline_access idp:github idp:wechat`,
  });
  const consent = await browser.submit(await browser.open(url), { fields: { user: 'lin' } });
  const lines = expectChinese(consent);
  expect(lines[0]).toContain('授权确认');
  expect(lines.join('\n')).toMatch(/代您使用 GitHub 账号（.+），调用其开放接口/);
  expect(lines).toContain('获取您的昵称和头像');
  expect(lines).toContain('在您不使用该应用时仍可继续访问');
});

it('a refusal of the sign-in, and errors with their English beneath', async () => {
  const browser = chinese();
  expectChinese(await browser.open((await app.start({ connection: 'nope' })).url));
  expectChinese(await browser.open(`${world.issuer}/nowhere`));
  const unknown = await browser.open(`${world.issuer}/authorize?client_id=nope&response_type=code`);
  expect(expectChinese(unknown)).toContain('该应用未在本站注册，或已被停用。');
  expect(unknown.html).toMatch(/<p class="quiet" lang="en">[^<]+<\/p>/);
});

it('the account page and its steps', async () => {
  const browser = await signedIn(chinese(), 'github');
  const account = await browser.open(`${world.issuer}/account`);
  expectChinese(account);
  for (const [alias, name, platform] of [
    ['huawei', '华为账号', '华为'],
    ['xiaomi', '小米账号', '小米'],
    ['wechat', '微信账号', '微信'],
    ['gitee', 'Gitee 账号', 'Gitee'],
  ]) {
    const lines = expectChinese(await browser.open(`${world.issuer}/account/link/${alias}`));
    const apart = /^[A-Z]/.test(name ?? '') ? ' ' : '';
    expect(lines).toContain(`关联您的${apart}${name}`);
    expect(lines.join('\n')).toContain(
      apart ? `您将前往 ${platform} 的授权页面` : `您将前往${platform}的授权页面`,
    );
  }
  for (const place of ['activity', 'sessions', 'data', 'data/erase'])
    expectChinese(await browser.open(`${world.issuer}/account/${place}`));
  const steps = account.links.filter(({ href }) => /unlink|reauthorize|withdraw|everywhere/.test(href));
  for (const { href } of steps) expectChinese(await browser.open(new URL(href, world.issuer)));
  expect(steps.length).toBeGreaterThan(1);
});

it('the last way to sign in stays, and the person can still leave alone', async () => {
  const browser = await signedIn(chinese(), 'gitee');
  const account = await browser.open(`${world.issuer}/account`);
  const identity = /identities\/(idn_\w+)/.exec(account.html)?.[1];
  const refused = await browser.open(`${world.issuer}/account/identities/${identity}/unlink`);
  expect(refused.status).toBe(409);
  expect(expectChinese(refused).join()).toContain('如不再使用本站，可以注销账号');
  expect(refused.links).toContainEqual({ href: '/account/data', text: '注销账号' });
});

it('two WeChat accounts of one person are told apart', async () => {
  await app.signIn({ connection: 'wechat', user: 'lin' });
  const browser = await signedIn(
    chinese({ 'user-agent': 'MicroMessenger/8.0.50' }),
    'wechat-official-account',
  );
  const lines = expectChinese(await browser.open(`${world.issuer}/account`));
  expect(lines).toContain('微信');
  expect(lines).toContain('微信（公众号）');
});

it('the pages of the console’s way in', async () => {
  expectChinese(await chinese().open(`${world.issuer}/console/join/never`));
});

it('the page that submits itself, as a browser without JavaScript shows it', async () => {
  const browser = chinese();
  const page = await browser.open(`${world.issuer}/oidc/logout`);
  expect(expectChinese(page)).toContain('您的浏览器未启用脚本，请点击按钮继续。');
  expect(page.html).toContain('name="viewport"');
  expect(page.html).not.toContain('JavaScript');
  expect(page.headers.get('content-security-policy')).toMatch(/script-src[^;]*'sha256-/);
  expectChinese(await browser.submit(page));
});
