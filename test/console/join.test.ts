import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { visit, walk } from '../account/visitor.ts';
import { adminClient, type CallAdmin, itemsOf } from '../admin/client.ts';
import { createBrowser, type Page } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { invite } from './invite.ts';

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

const rolesOf = async (user: string) => (await call('GET', `/users/${user}`)).body.roles;

/** Opens the link, signs in behind it and returns the page to confirm on. */
async function followed(url: string, user: string, browser = createBrowser()): Promise<Page> {
  const first = await browser.open(url);
  expect(first.status).toBe(200);
  const signIn = first.links.find(({ href }) => href.includes('/account/login'))?.href ?? '';
  return await walk(browser, await browser.open(new URL(signIn, world.issuer)), {
    connection: 'google',
    user,
  });
}

describe('the link of an invitation', () => {
  it('gives the role once, to the person who signs in and accepts', async () => {
    const answer = await call('POST', '/admins/invitations', { role: 'owner' });
    expect(answer.status).toBe(201);
    const url = String(answer.body.url);
    world.remember(url.split('/').at(-1));
    const browser = createBrowser();
    const page = await followed(url, 'ada', browser);
    expect(page.text).toContain('Ada Okafor');
    expect(page.html).not.toContain('<script');
    const done = await browser.submit(page);
    expect(done.text).toContain('owner');
    const [admin] = itemsOf(await call('GET', '/admins'));
    expect(admin).toMatchObject({ name: 'Ada Okafor', role: 'owner' });
    expect(itemsOf(await call('GET', '/events?type=admin.joined'))).toMatchObject([
      {
        user: admin?.user,
        actor: { kind: 'person', id: admin?.user },
        detail: { roles: ['owner'], changes: { roles: { from: [], to: ['owner'] } } },
      },
    ]);
    const again = await createBrowser().open(url);
    expect(again.status).toBe(404);
  });

  it('says the same when it is unknown, expired, used, or the person who invited is no owner now', async () => {
    const unknown = await createBrowser().open(`${world.issuer}/console/join/${'0'.repeat(64)}`);
    const url = await invite(world, 'support');
    const ada = String(itemsOf(await call('GET', '/admins'))[0]?.user);
    const fromAda = await invite(world, 'owner', ada);
    expect((await createBrowser().open(fromAda)).status).toBe(200);
    await world.broker.identities.setRoles(ada, ['operator']);
    const orphaned = await createBrowser().open(fromAda);
    world.clock.advance(minutes(31));
    const expired = await createBrowser().open(url);
    world.clock.advance(-minutes(31));
    for (const page of [unknown, orphaned, expired]) {
      expect(page.status).toBe(404);
      expect(page.text).toBe(unknown.text);
    }
    const chinese = await fetch(`${world.issuer}/console/join/${'0'.repeat(64)}`, {
      headers: { 'accept-language': 'zh-CN' },
    });
    expect(await chinese.text()).toContain('此链接无效');
  });

  it('never lowers a role, and stays unused then', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'sam' });
    await world.broker.identities.setRoles(visitor.userId, ['owner']);
    const url = await invite(world, 'auditor');
    const page = await visitor.open(url);
    expect(page.text).toContain('already');
    expect(await rolesOf(visitor.userId)).toEqual(['owner']);
    expect((await createBrowser().open(url)).status).toBe(200);
  });

  it('keeps its handle out of the database and of the log', async () => {
    const url = await invite(world, 'operator');
    await followed(url, 'lin');
    // The end of the world searches both for what `remember` has been given.
    expect(world.logged()).not.toContain(url.split('/').at(-1));
  });
});
