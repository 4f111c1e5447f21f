import { beforeAll, describe, expect, it } from 'vitest';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { createBrowser } from '../support/browser.ts';
import { dump } from '../support/leaks.ts';
import { createWorld, type World } from '../support/world.ts';
import { twofold, visit } from './visitor.ts';

// A person takes their data along, and erases themselves, without an operator.

let world: World;
let app: TestApp;
let people = 0;

beforeAll(async () => {
  world = await createWorld();
  app = await createApp(world);
});

async function person(connection = 'google') {
  people += 1;
  const user = `visitor-${people}`;
  const tokens = await app.signIn({ connection, user });
  const token = await callApi(world.issuer, `/v1/me/identities/${connection}/token`, tokens.access_token);
  expect(token.status).toBe(200);
  const visitor = await visit(world, { connection, user });
  return { user, tokens, visitor };
}

const erasePath = '/account/data/erase';

describe('the download', () => {
  it('has profile, identities, consents, sessions, uses and events, and no token', async () => {
    const { visitor } = await person();
    const row = { userId: visitor.userId, version: '2026-11', at: new Date() };
    await world.database.prisma.agreementAccepted.create({ data: row });
    const page = await visitor.open('/account/data');
    const file = await visitor.browser.submit(page);
    expect(file.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(file.headers.get('content-disposition')).toContain('attachment');
    expect(file.headers.get('cache-control')).toBe('no-store');
    const data = JSON.parse(file.html);
    const name = /Visitor/i;
    expect(data).toMatchObject({
      format: 'symbolon-personal-data/1',
      profile: { id: visitor.userId, name: expect.stringMatching(name) },
      identities: [{ connection: 'google', provider: 'google', grant: { state: 'active' } }],
      consents: [{ clientId: app.clientId }],
      agreements: [{ app: null, version: '2026-11', at: row.at.toISOString() }],
      sessions: expect.arrayContaining([expect.objectContaining({ appIds: [app.clientId] })]),
      events: expect.arrayContaining([
        expect.objectContaining({ type: 'login.succeeded', actor: 'person' }),
        expect.objectContaining({ type: 'person.exported' }),
      ]),
    });
    expect(world.minted().filter((secret) => file.html.includes(secret))).toEqual([]);
  });

  it('does not name the operator who did something', async () => {
    const { visitor } = await person();
    const { identities } = world.broker;
    await identities.setRoles((await person()).visitor.userId, ['owner']);
    await fetch(`${world.issuer}/admin/v1/users/${visitor.userId}/identities`, {
      headers: { authorization: `Bearer ${world.adminToken}` },
    });
    const file = await visitor.browser.submit(await visitor.open('/account/data'));
    const ids = new Set(file.html.match(/usr_\w+/g));
    expect([...ids]).toEqual([visitor.userId]);
  });
});

describe('a person who erases themselves', () => {
  it('types the word, is gone with the last account, and sees how far the providers are', async () => {
    const { visitor, user, tokens } = await person();
    const asked = await visitor.open(erasePath);
    expect(asked.text).toContain('We ask Google to end the permission.');
    const refused = await visitor.browser.submit(asked, { fields: { word: 'yes' } });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('That was not the word');
    const gone = await visitor.browser.submit(refused, { fields: { word: ' Erase ' } });
    expect(gone.url.pathname).toMatch(/^\/account\/erased\//);
    expect(gone.text).toContain('The permission is ended.');

    expect(await world.broker.identities.findUser(visitor.userId)).toBeUndefined();
    const { grants } = (await world.control('GET', 'google')) as { grants: { user: string }[] };
    expect(grants.filter((grant) => grant.user === user)).toEqual([]);
    expect((await callApi(world.issuer, '/v1/me/identities', tokens.access_token)).status).toBe(401);
    expect((await visitor.open('/account')).text).toContain('See which accounts');
    const stranger = createBrowser();
    expect((await stranger.open(gone.url)).text).toContain('The permission is ended.');
    expect((await stranger.open(`${gone.url.href.slice(0, -1)}_`)).status).toBe(404);
    world.clock.advance(91 * 86_400_000);
    expect((await stranger.open(gone.url)).status).toBe(404);
    world.clock.advance(-91 * 86_400_000);
  });

  it('leaves no row with their name', async () => {
    const { user } = await person('github');
    const name = `Visitor ${people}`;
    const own = (text: string) => text.includes(user) || text.includes(name);
    expect(own(await dump(world.database))).toBe(true);
    const visitor = await visit(world, { connection: 'github', user });
    await visitor.browser.submit(await visitor.open(erasePath), { fields: { word: 'erase' } });
    const left = (await dump(world.database)).split('\n').filter(own);
    expect(left).toEqual([]);
  });

  it('can do it in Chinese, and is told what to end in person', async () => {
    people += 1;
    const chinese = createBrowser({ headers: { 'accept-language': 'zh-CN' } });
    const visitor = await visit(world, { connection: 'wechat', user: `visitor-${people}` }, chinese);
    const asked = await visitor.open(erasePath);
    expect(asked.text).toContain('确认注销账号？');
    expect(asked.text).toContain('我 → 设置 → 个人信息与权限 → 授权管理');
    const gone = await visitor.browser.submit(asked, { fields: { word: '注销' } });
    expect(gone.text).toContain('账号已注销');
    expect(gone.text).toContain('该平台不支持由我们解除授权');
  });

  it('has signed in within five minutes', async () => {
    const { visitor } = await person();
    world.clock.advance(6 * 60_000);
    const { hops } = await visitor.open(erasePath);
    world.clock.advance(-6 * 60_000);
    expect(hops[0]?.to).toContain('/account/login?to=%2Faccount%2Fdata%2Ferase&fresh=1');
  });

  it('may have a role, but is not the last owner', async () => {
    const { identities } = world.broker;
    for (const { id } of await identities.roleHolders()) await identities.setRoles(id, []);
    const [one, other] = [await person(), await person('facebook')];
    await identities.setRoles(one.visitor.userId, ['owner']);
    const asked = await one.visitor.open(erasePath);
    const refused = await one.visitor.browser.submit(asked, { fields: { word: 'erase' } });
    expect(refused.status).toBe(409);
    expect(refused.text).toContain('You are the last owner of this site.');
    await identities.setRoles(other.visitor.userId, ['owner']);
    const gone = await one.visitor.browser.submit(asked, { fields: { word: 'erase' } });
    expect(gone.text).toContain('Your account is erased');
  });

  it('needs the page’s own form', async () => {
    const { visitor } = await twofold(world, `visitor-${++people}`, ['google', 'github']);
    const asked = await visitor.open(erasePath);
    const forged = await visitor.browser.submit(asked, { fields: { word: 'erase', csrf_token: 'x' } });
    expect(forged.status).toBe(403);
    expect(await world.broker.identities.findUser(visitor.userId)).toBeDefined();
  });
});
