import { beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { invite } from './invite.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

const owners = async () => itemsOf(await adminClient(world)('GET', '/admins')).map(({ user }) => user);

describe('an invitation', () => {
  it('is not accepted by a form of another site, nor by one of another browser', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'ada' });
    const mine = await visitor.open(await invite(world, 'owner'));
    expect(mine.status).toBe(200);
    const post = (fields: Record<string, string>, headers: Record<string, string>) =>
      fetch(`${world.issuer}/console/join`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: visitor.browser.cookies.header(new URL(world.issuer)) ?? '', ...headers },
        body: new URLSearchParams(fields),
      });
    expect((await post({}, { 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await post({}, {})).status).toBe(403);
    const other = await visit(world, { connection: 'google', user: 'sam' });
    const theirs = await other.open(await invite(world, 'owner'));
    const token = /name="csrf_token" value="([^"]+)"/.exec(theirs.html)?.[1] ?? '';
    expect(token).not.toBe('');
    expect((await post({ csrf_token: token }, {})).status).toBe(403);
    expect(await owners()).toEqual([]);
  });

  it('needs a sign-in of its own time: the open session of another person does not suffice', async () => {
    const visitor = await visit(world, { connection: 'google', user: 'ada' });
    world.clock.advance(16 * 60_000);
    const page = await visitor.open(await invite(world, 'owner'));
    world.clock.advance(-16 * 60_000);
    expect(page.forms).toHaveLength(0);
    expect(page.links.some(({ href }) => href.includes('fresh=1'))).toBe(true);
  });

  it('that two browsers accept at once at two processes makes one owner', async () => {
    const { url: elsewhere } = await world.another();
    const link = await invite(world, 'owner');
    const [ada, sam] = [
      await visit(world, { connection: 'google', user: 'ada' }),
      await visit(world, { connection: 'google', user: 'sam' }),
    ];
    const accept = async (visitor: typeof ada, base: string) => {
      const page = await visitor.open(link);
      const token = /name="csrf_token" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
      const answer = await fetch(`${base}/console/join`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: visitor.browser.cookies.header(new URL(world.issuer)) ?? '' },
        body: new URLSearchParams({ csrf_token: token }),
      });
      return answer.status;
    };
    const statuses = await Promise.all([accept(ada, world.issuer), accept(sam, elsewhere)]);
    expect(statuses.sort()).toEqual([303, 404]);
    expect(await owners()).toHaveLength(1);
  });

  it('leads to no setup while people can sign in', async () => {
    const browser = createBrowser();
    const page = await browser.open(await invite(world, 'owner'));
    expect(page.text).not.toContain('first connection');
    expect((await browser.open(`${world.issuer}/console/join/setup`)).status).toBe(404);
    const begun = await fetch(`${world.issuer}/console/join/setup`, { method: 'POST' });
    expect(begun.status).toBe(404);
  });
});
