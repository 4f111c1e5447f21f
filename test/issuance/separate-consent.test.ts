import { beforeAll, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { faultsOnPage, linesOf } from '../support/chinese.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let call: CallAdmin;
let app: TestApp;

const about = {
  owner: '示例科技有限公司',
  contact: 'privacy@shop.example',
  purpose: { zh: '同步您的代码仓库列表', en: 'To list your repositories' },
  kinds: { zh: '昵称、头像、仓库名称', en: 'Nickname, picture, names of repositories' },
  privacy: 'https://shop.example/privacy',
};

beforeAll(async () => {
  world = await createWorld({ providers: ['gitee'] });
  call = adminClient(world);
  app = await createApp(world, { connections: ['github', 'gitee'] });
  const changed = await call('PATCH', `/apps/${app.clientId}`, { about });
  expect(changed.status).toBe(200);
});

async function consentPage(user: string): Promise<{ browser: ReturnType<typeof createBrowser>; page: Page }> {
  const headers = { 'accept-language': 'zh-CN' };
  const browser = createBrowser({ stopAt: ['https://app.example/'], headers });
  const { url } = await app.start({
    connection: 'github',
    scope: 'openid profile idp:github idp:gitee',
  });
  return { browser, page: await browser.submit(await browser.open(url), { fields: { user } }) };
}

const scopesOf = async () => {
  const { prisma } = world.database;
  const [event] = await prisma.auditEvent.findMany({
    where: { type: 'consent.given' },
    orderBy: { id: 'desc' },
  });
  return event?.detail as { scopes: string[]; withheld?: string[] };
};

it('the page names recipient, contact, purpose and kinds, and no box is ticked', async () => {
  const { page } = await consentPage('lin');
  expect(faultsOnPage(page.html)).toEqual([]);
  const lines = linesOf(page.html);
  for (const line of ['单独同意', about.owner, about.contact, about.purpose.zh, about.kinds.zh])
    expect(lines).toContain(line);
  expect(lines).toContain(`我同意将 GitHub 账号的上述信息提供给${about.owner}。`);
  expect(page.html).not.toMatch(/<input[^>]*\schecked/);
  expect(page.links.map(({ href }) => href)).toContain(about.privacy);
});

it('an account without a tick is not given, and the sign-in goes on', async () => {
  const { browser, page } = await consentPage('sam');
  const back = await browser.submit(page, { button: 'allow' });
  expect([back.stopped, back.url.searchParams.has('code')]).toEqual([true, true]);
  const { scopes, withheld } = await scopesOf();
  expect(scopes).not.toContain('idp:github');
  expect(withheld).toContain('idp:github');
});

it('an account that was withheld is given where the app asks for consent again', async () => {
  const { browser, page } = await consentPage('sam');
  await browser.submit(page, { button: 'allow' });
  const scope = 'openid profile idp:github idp:gitee';
  const { url } = await app.start({ scope, prompt: 'consent' });
  const again = await browser.open(url);
  await browser.submit(again, { button: 'allow', fields: { share_github: 'yes' } });
  expect((await scopesOf()).scopes).toContain('idp:github');
});

it('an account with a tick is given, each by itself', async () => {
  const { browser, page } = await consentPage('mallory');
  const back = await browser.submit(page, { button: 'allow', fields: { share_github: 'yes' } });
  expect(back.url.searchParams.has('code')).toBe(true);
  const { scopes, withheld } = await scopesOf();
  expect(scopes).toContain('idp:github');
  expect(withheld).toEqual(['idp:gitee']);
});

it('an account that the app has already has no box, and stays', async () => {
  const { browser, page } = await consentPage('lin');
  await browser.submit(page, { button: 'allow', fields: { share_github: 'yes' } });
  const { url } = await app.start({ scope: 'openid profile idp:github', prompt: 'consent' });
  const again = await browser.open(url);
  expect(linesOf(again.html)).toContain(about.owner);
  expect(again.html).not.toContain('type="checkbox"');
  await browser.submit(again, { button: 'allow' });
  expect((await scopesOf()).withheld).toBeUndefined();
});

it('a page whose facts become incomplete meanwhile gives nothing, and is shown again', async () => {
  const { browser, page } = await consentPage('ada');
  await call('PATCH', `/apps/${app.clientId}`, { about: { owner: about.owner } });
  const again = await browser.submit(page, { button: 'allow' });
  expect([again.stopped, again.status]).toEqual([false, 200]);
  expect(again.html).not.toContain('单独同意');
  await call('PATCH', `/apps/${app.clientId}`, { about });
});

it('an app that does not state all of it is asked about as before', async () => {
  const facts = { owner: about.owner, contact: about.contact };
  expect((await call('PATCH', `/apps/${app.clientId}`, { about: facts })).status).toBe(200);
  const { browser, page } = await consentPage('ada');
  expect(page.html).not.toContain('name="share_github"');
  expect(linesOf(page.html)).toContain(about.owner);
  await browser.submit(page, { button: 'allow' });
  expect((await scopesOf()).scopes).toContain('idp:github');
});
