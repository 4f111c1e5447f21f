import { beforeAll, expect, it } from 'vitest';
import { adminClient } from '../admin/client.ts';
import { createWorld, type World } from '../support/world.ts';
import { identitiesOn, visit } from './visitor.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld({ providers: ['slack', 'slack-workspace'] });
});

let visitors = 0;

/** Two users whose accounts belong to one person, as the provider states later. */
async function twoOfOne() {
  const one = await visit(world, { connection: 'slack', user: `visitor-${++visitors}` });
  const other = await visit(world, { connection: 'slack-workspace', user: `visitor-${++visitors}` });
  const { sharedId } = world.database.prisma;
  const of = (userId: string) => ({ identity: { userId } });
  const { value } = await sharedId.findFirstOrThrow({ where: of(one.userId) });
  expect(await sharedId.updateMany({ where: of(other.userId), data: { value } })).toEqual({ count: 1 });
  await world.adopt();
  return { one, other };
}

it('a person with two users here is told so, and can merge them', async () => {
  const { one, other } = await twoOfOne();
  const path = `/account/merge/${other.userId}`;
  const overview = await one.open('/account');
  expect(overview.html).toContain(path);
  const asked = await one.open(path);
  expect(asked.text).toContain('Slack');
  const merged = await one.press(asked, path);
  expect(merged.url.search).toBe('?notice=merged');
  expect(identitiesOn(merged)).toHaveLength(2);
  expect(merged.html).not.toContain('/account/merge/');
  // The other user is deleted, with every session.
  expect(await world.broker.identities.findUser(other.userId)).toBeUndefined();
  expect((await other.open('/account')).text).toContain('Sign in');
});

it('a user cannot merge with an unrelated one', async () => {
  const { one } = await twoOfOne();
  const stranger = await visit(world, { connection: 'github', user: `visitor-${++visitors}` });
  expect((await one.open(`/account/merge/${stranger.userId}`)).status).toBe(404);
});

it('an admin sees the two users, and may merge them too', async () => {
  const { one, other } = await twoOfOne();
  const call = adminClient(world);
  const same = await call('GET', `/users/${one.userId}/same-person`);
  expect(same).toMatchObject({ status: 200, body: { users: [other.userId] } });
  const merge = (into: string, from: string) => call('POST', `/users/${into}/merge`, { from });
  expect((await merge(one.userId, one.userId)).status).toBe(409);
  expect((await merge(one.userId, other.userId)).status).toBe(204);
  expect((await merge(one.userId, other.userId)).status).toBe(404);
  expect((await call('GET', `/users/${other.userId}`)).status).toBe(404);
  expect(await world.broker.identities.ofUser(one.userId)).toHaveLength(2);
});
