import { beforeAll, describe, expect, it, vi } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, visit } from './visitor.ts';

// The account page tells which app took what, when and why, and what operators did.

let world: World;
let people = 0;

beforeAll(async () => {
  world = await createWorld({ providers: 'all' });
});

async function person(connection = 'google', { firstParty = false, headers = {} } = {}) {
  people += 1;
  const user = `visitor-${people}`;
  const app = await createApp(world, { connections: [connection], firstParty });
  const scope = `openid profile email idp:${connection}`;
  const tokens = await app.signIn({ connection, user, ...(!firstParty && { scope }) });
  const visitor = await visit(world, { connection, user }, createBrowser({ headers }));
  const [identity = ''] = identitiesOn(await visitor.open('/account'));
  /** Retrieves the token, and returns the page once the audit has that. */
  const take = async (path = '/account', words = /once this week|1 次/): Promise<Page> => {
    const wanted = `/v1/me/identities/${connection}/token`;
    expect((await callApi(world.issuer, wanted, tokens.access_token)).status).toBe(200);
    return await vi.waitFor(async () => {
      const page = await visitor.open(path);
      expect(page.text).toMatch(words);
      return page;
    });
  };
  return { user, app, tokens, visitor, identity, take, appPage: `/account/apps/${app.clientId}` };
}

describe('the operator’s own app', () => {
  it('is listed before it has used the account, and after that with its last use', async () => {
    people += 1;
    await createApp(world, { connections: ['gitee'], firstParty: true });
    const visitor = await visit(world, { connection: 'gitee', user: `visitor-${people}` });
    const before = (await visitor.open('/account')).text;
    expect(before).toContain('Test app Part of this site, so it does not ask you Has not used it yet');
    const { take } = await person('gitee', { firstParty: true });
    expect((await take()).text).toMatch(
      /Part of this site, so it does not ask you Last used .* UTC ?, once this week/,
    );
  });

  it('is part of the deployment by name, and has a name for each language', async () => {
    const headers = { 'accept-language': 'zh-CN' };
    const { app, take, appPage, visitor } = await person('gitlab', { firstParty: true, headers });
    const call = adminClient(world);
    const displayName = { en: 'Notes', zh: '笔记' };
    await call('PATCH', `/apps/${app.clientId}`, { display_name: displayName });
    await call('PUT', '/branding', { name: { en: 'Okafor', zh: '奥卡福' } });
    expect((await take()).text).toContain('笔记 奥卡福自有应用，使用时不征求您的同意');
    expect((await visitor.open(appPage)).text).toContain('笔记 奥卡福自有应用');
    await call('PUT', '/branding', {});
  });

  it('cannot be withdrawn, and the page says why', async () => {
    const { visitor, appPage, take } = await person('linkedin', { firstParty: true });
    await take();
    const page = await visitor.open(appPage);
    expect(page.text).toContain('there is nothing to withdraw. Unlink an account to keep it from them.');
    expect(page.html).not.toContain('/withdraw');
    expect((await visitor.open(`${appPage}/withdraw?connection=linkedin`)).status).toBe(404);
  });
});

describe('the page of an app', () => {
  it('says what is allowed in words, and how the token is used', async () => {
    const { visitor, appPage } = await person();
    const { text, html } = await visitor.open(appPage);
    expect(text).toContain('It gets a token, with which it calls Google itself.');
    expect(text).toContain('see your e-mail address email');
    expect(text).toContain('Only while you use the app');
    expect(text).toContain('About you See your name and picture See your e-mail address');
    expect(html).toContain(`${appPage}/withdraw?connection=google`);
    expect(html).toContain(`href="${appPage}/withdraw"`);
  });

  it('is in Chinese for Chinese people', async () => {
    const { visitor, appPage } = await person('wechat', { headers: { 'accept-language': 'zh-CN' } });
    const { text } = await visitor.open(appPage);
    expect(text).toContain('应用会取得令牌，并自行调用微信的接口。');
    expect(text).toContain('获取您的昵称和头像');
  });

  it('withdraws one API, and the rest stays', async () => {
    const call = adminClient(world);
    const identifier = `https://api-${people}.example`;
    const scopes = [{ name: 'read', description: 'Read your notes' }];
    await call('POST', '/apis', { identifier, name: 'Notes API', scopes });
    const { app, user, visitor, appPage } = await person();
    await call('PATCH', `/apps/${app.clientId}`, { apis: [identifier] });
    const parameters = { resource: identifier };
    const scope = 'openid read';
    await app.signIn({ connection: 'google', user, scope, parameters });
    const shown = await visitor.open(appPage);
    expect(shown.text).toContain('Notes API Read your notes');
    const path = `${appPage}/withdraw?api=${encodeURIComponent(identifier)}`;
    const asked = await visitor.open(path);
    expect(asked.text).toContain('Keep Test app from Notes API?');
    const landed = await visitor.browser.submit(asked);
    expect(landed.url.search).toBe('?notice=withdrawn');
    const after = await visitor.open(appPage);
    expect(after.text).not.toContain('Notes API');
    expect(after.html).toContain('withdraw?connection=google');
    expect((await visitor.open(path)).status).toBe(404);
  });

  it('withdraws one API, and not the scope of the same name of another', async () => {
    const call = adminClient(world);
    const { app, user, visitor, appPage } = await person();
    const apis = ['Mail', 'Files'].map((name) => ({ name, identifier: `https://${name}-${people}.example` }));
    for (const api of apis)
      await call('POST', '/apis', { ...api, scopes: [{ name: 'read', description: `Read ${api.name}` }] });
    await call('PATCH', `/apps/${app.clientId}`, { apis: apis.map(({ identifier }) => identifier) });
    for (const { identifier: resource } of apis)
      await app.signIn({ connection: 'google', user, scope: 'openid read', parameters: { resource } });
    const query = new URLSearchParams({ api: apis[0]?.identifier ?? '' });
    await visitor.browser.submit(await visitor.open(`${appPage}/withdraw?${query}`));
    const { text } = await visitor.open(appPage);
    expect(text).toContain('Read Files');
    expect(text).not.toContain('Read Mail');
  });

  it('is not found for an app that has nothing to do with the person', async () => {
    const { visitor } = await person();
    const other = await createApp(world, { connections: ['github'] });
    for (const id of [other.clientId, 'app_unknown', '%00'])
      expect((await visitor.open(`/account/apps/${id}`)).status).toBe(404);
  });
});

describe('the activity', () => {
  it('tells who took which token, tries that were refused, and acts of operators', async () => {
    const { visitor, tokens, take, identity } = await person();
    await take('/account/activity', /Test app took a token of Google/);
    await callApi(world.issuer, '/v1/me/identities/facebook/token', tokens.access_token);
    const call = adminClient(world);
    await call('POST', `/users/${visitor.userId}/identities/${identity}/refresh`);
    const { text } = await vi.waitFor(async () => {
      const page = await visitor.open('/account/activity');
      expect(page.text).toContain('Test app tried to use Facebook and was refused');
      return page;
    });
    expect(text).toMatch(/An operator renewed the permission of Google \(.*?\)\./);
    expect(text).not.toContain('bootstrap');
  });

  it('can be of one app or account, and since a time', async () => {
    const { visitor, take, identity, app } = await person();
    await take();
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    for (const [filter, shown] of [
      [`app=${app.clientId}`, true],
      ['app=app_other', false],
      [`account=${identity}`, true],
      ['account=idn_other', false],
      [`since=${tomorrow}`, false],
      ['since=&app=&account=', true],
    ] as const) {
      const { text } = await visitor.open(`/account/activity?${filter}`);
      expect([filter, text.includes('took a token')]).toEqual([filter, shown]);
    }
    for (const wrong of ['since=x', 'after=1', 'app=a.b', 'account=1'])
      expect((await visitor.open(`/account/activity?${wrong}`)).status).toBe(400);
  });

  it('goes on with what is older', async () => {
    const { visitor, identity, app } = await person();
    const row = {
      type: 'token.retrieved',
      userId: visitor.userId,
      appId: app.clientId,
      identityId: identity,
    };
    const data = Array.from({ length: 60 }, (_, index) => ({
      ...row,
      id: `evt_older${index}`,
      at: new Date(Date.now() - index * 60_000),
      connection: 'google',
      detail: { reason: `reason ${index};` },
    }));
    await world.database.prisma.auditEvent.createMany({ data });
    const first = await visitor.open(`/account/activity?app=${app.clientId}`);
    const older = first.links.find(({ text }) => text === 'Older')?.href ?? '';
    const second = await visitor.open(older);
    const reasons = [first, second].flatMap(({ text }) => text.match(/reason \d+;/g) ?? []);
    expect(reasons).toEqual(data.map(({ detail }) => detail.reason));
    expect(second.links.map(({ text }) => text)).not.toContain('Older');
  });

  it('is not another person’s', async () => {
    const [one, other] = [await person(), await person()];
    await one.take('/account/activity', /took a token/);
    const { text } = await other.visitor.open(`/account/activity?account=${one.identity}`);
    expect(text).toContain('Nothing so far.');
  });
});

describe('a first use', () => {
  it('is announced until the person has seen it, with a way to stop the app', async () => {
    const { visitor, take, app } = await person();
    const page = await take('/account', /New: Test app has used your Google/);
    // The script moves each <time> to the zone of the browser, so that a page has no time outside of one.
    expect(page.html.replace(/<time.*?<\/time>/g, '')).not.toContain('UTC');
    const stop = page.links.find(({ text }) => text.startsWith('Stop it'));
    expect(stop?.href).toBe(`/account/apps/${app.clientId}/withdraw?connection=google`);
    const seen = page.forms.findIndex(({ action }) => action.endsWith('/first-uses/seen'));
    const after = await visitor.browser.submit(page, { form: seen });
    expect(after.url.pathname).toBe('/account');
    expect(after.text).not.toContain('New:');
    expect((await visitor.open('/account')).text).not.toContain('New:');
  });
});

describe('checking an account now', () => {
  async function check(visitor: Awaited<ReturnType<typeof person>>['visitor'], identity: string) {
    const path = `/account/identities/${identity}`;
    return await visitor.press(await visitor.open(path), `${path}/check`);
  }

  it('says in a sentence whether it works, at most once a minute', async () => {
    const { visitor, identity, user } = await person();
    const checked = await check(visitor, identity);
    expect(checked.text).toContain('Checked just now: the provider accepts the permission.');
    expect((await check(visitor, identity)).text).toContain('was checked within the last minute');
    await world.control('POST', `google/users/${user}/revoke`);
    world.clock.advance(60_001);
    const dead = await check(visitor, identity);
    world.clock.advance(-60_001);
    expect(dead.text).toContain('the provider does not accept the permission any more');
    expect(dead.text).toContain('Authorise again');
  });

  it('is for the person’s own accounts', async () => {
    const [one, other] = [await person(), await person()];
    expect((await one.visitor.open(`/account/identities/${other.identity}`)).status).toBe(404);
  });
});

describe('the ways to link an account', () => {
  it('are eight at first, and the others are found by a search without a script', async () => {
    const { visitor } = await person();
    const page = await visitor.open('/account');
    const shown = page.html.split('<details>')[0]?.match(/action="\/account\/link\//g);
    expect(shown).toHaveLength(8);
    const search = page.forms.findIndex(({ action }) => action === '/account');
    for (const [words, aliases] of [
      ['git', ['github', 'github-app', 'gitee', 'gitlab']],
      ['支付', ['alipay']],
      ['zfb', ['alipay']],
      ['no such thing', []],
    ] as const) {
      const found = await visitor.browser.submit(page, { form: search, fields: { q: words } });
      const links = [...found.html.matchAll(/action="\/account\/link\/([\w-]+)"/g)].map(([, alias]) => alias);
      expect(links.toSorted()).toEqual([...aliases].toSorted());
    }
  });
});
