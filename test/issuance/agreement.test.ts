import { beforeAll, beforeEach, expect, it } from 'vitest';
import { adminClient, type CallAdmin } from '../admin/client.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { faultsOnPage, linesOf } from '../support/chinese.ts';
import { createSdk } from '../support/sdk.ts';
import { createWorld, type World } from '../support/world.ts';

let world: World;
let app: TestApp;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  app = await createApp(world, { connections: ['github'] });
});

const url = 'https://shop.example/agreement';
const ask = async (version: string | null) => {
  const legal = { privacy: 'https://shop.example/privacy', agreement: version && { version, url } };
  expect((await call('PUT', '/branding', { legal })).status).toBe(200);
};

beforeEach(async () => await ask(null));

const newBrowser = () =>
  createBrowser({ stopAt: ['https://app.example/'], headers: { 'accept-language': 'zh-CN' } });

/** Signs in up to the page after the provider's. */
async function upTo(browser: ReturnType<typeof newBrowser>, user: string) {
  const { url: start } = await app.start({ connection: 'github' });
  let page = await browser.open(start);
  if (page.url.pathname.startsWith('/github/')) page = await browser.submit(page, { fields: { user } });
  return page;
}

it('stands between the sign-in and the app, without a tick, and is asked once for each version', async () => {
  await ask('2026-11');
  const browser = newBrowser();
  const page = await upTo(browser, 'lin');
  expect(linesOf(page.html)).toContain('我已阅读并同意《用户协议》和《隐私政策》。');
  expect(faultsOnPage(page.html)).toEqual([]);
  expect(page.html).not.toMatch(/<input[^>]*checkbox[^>]*checked/);
  expect(page.links.map(({ href }) => href)).toEqual(
    expect.arrayContaining([url, 'https://shop.example/privacy']),
  );

  const refused = await browser.submit(page);
  expect([refused.status, refused.stopped]).toEqual([400, false]);
  expect(refused.text).toContain('请先阅读并勾选同意');

  const consent = await browser.submit(refused, { fields: { agree: 'yes' } });
  expect(consent.text).toContain('授权确认');
  const rows = await world.database.prisma.agreementAccepted.findMany();
  expect(rows).toMatchObject([{ version: '2026-11', at: expect.any(Date) }]);
  const events = await world.database.prisma.auditEvent.findMany({ where: { type: 'agreement.accepted' } });
  expect(events).toMatchObject([{ userId: rows[0]?.userId, detail: { version: '2026-11' } }]);
  expect((await browser.submit(consent)).stopped).toBe(true);

  expect((await upTo(browser, 'lin')).stopped).toBe(true);
  await ask('2027-01');
  expect(linesOf((await upTo(browser, 'lin')).html)).toContain('版本：2027-01');
});

it('an app asks for its own after that of the deployment, once for each version', async () => {
  await ask('d');
  const own = { version: 'd', url: 'https://notes.example/agreement' };
  expect((await call('PUT', `/apps/${app.clientId}/branding`, { legal: { agreement: own } })).status).toBe(
    200,
  );
  const browser = newBrowser();
  const first = await upTo(browser, 'visitor-7');
  const second = await browser.submit(first, { fields: { agree: 'yes' } });
  expect(linesOf(second.html)).toContain('我已阅读并同意 Test app《用户协议》。');
  expect(second.links.map(({ href }) => href)).toContain(own.url);
  // The page of the deployment's agreement does not stand for the app's, though the versions are equal.
  const again = await browser.submit(second, { fields: { agree: 'yes', of: '' } });
  expect(linesOf(again.html)).toContain('我已阅读并同意 Test app《用户协议》。');
  expect((await browser.submit(again, { fields: { agree: 'yes' } })).text).toContain('授权确认');
  const rows = await world.database.prisma.appAgreementAccepted.findMany();
  expect(rows).toMatchObject([{ appId: app.clientId, version: 'd', at: expect.any(Date) }]);
  const where = { type: 'agreement.accepted', appId: app.clientId };
  expect(await world.database.prisma.auditEvent.count({ where })).toBe(1);
  await call('PUT', `/apps/${app.clientId}/branding`, {});
});

it('a person who does not agree goes back to the app without an account there', async () => {
  await ask('2026-12');
  const browser = newBrowser();
  const page = await upTo(browser, 'sam');
  const back = await browser.submit(page, { form: 1 });
  expect(back.url.searchParams.get('error')).toBe('access_denied');
});

it('a version that changed while the page was open is shown before it counts', async () => {
  await ask('a');
  const browser = newBrowser();
  const page = await upTo(browser, 'mallory');
  await ask('b');
  const again = await browser.submit(page, { fields: { agree: 'yes' } });
  expect(linesOf(again.html)).toContain('版本：b');
  expect(
    await world.database.prisma.agreementAccepted.count({ where: { version: { in: ['a', 'b'] } } }),
  ).toBe(0);
});

it('goes on without it where the deployment has taken it back meanwhile', async () => {
  await ask('c');
  const browser = newBrowser();
  const page = await upTo(browser, 'ada');
  await ask(null);
  expect((await browser.submit(page)).text).toContain('授权确认');
});

it('stands before a sign-in by an SDK too, where the app is not the operator’s own', async () => {
  await ask('2027-02');
  const own = await createApp(world, { firstParty: true, connections: ['google'] });
  const other = await createApp(world, { connections: ['google'] });
  const signIn = async (by: TestApp) =>
    (await createSdk(world, by).signedIn('google', { user: 'ada', kind: 'id_token' })).body;
  expect(await signIn(own)).toHaveProperty('access_token');
  const browser = newBrowser();
  const { url: start } = await other.start({ connection: 'google' });
  const page = await browser.submit(await browser.open(start), { fields: { user: 'ada' } });
  await browser.submit(await browser.submit(page, { fields: { agree: 'yes' } }));
  expect(await signIn(other)).toHaveProperty('access_token');
  await ask('2027-03');
  expect((await signIn(other)).error).toBe('interaction_required');
});
