import { beforeAll, beforeEach, expect, it } from 'vitest';
import { createApp, type TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let call: CallAdmin;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
  app = await createApp(world);
});

beforeEach(async () => {
  for (const alias of ['google', 'github']) await world.control('DELETE', `${alias}/faults`);
});

async function signIn(connection: string, user: string): Promise<string> {
  return (await app.signIn({ connection, user })).claims()?.sub ?? '';
}

it('are listed with their state, and never with a token', async () => {
  await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1 });
  const lin = await signIn('google', 'lin');
  const ada = await signIn('wechat', 'ada');
  expect((await call('DELETE', `/users/${lin}`)).status).toBe(204);
  expect((await call('DELETE', `/users/${ada}`)).status).toBe(204);

  const listed = await call('GET', '/departures');
  expect(itemsOf(listed)).toEqual([
    expect.objectContaining({ user: ada, state: 'unsupported', connection: 'wechat', next_attempt_at: null }),
    expect.objectContaining({
      user: lin,
      state: 'pending',
      connection: 'google',
      attempts: 1,
      last_error: expect.stringMatching(/^unavailable/),
      next_attempt_at: expect.any(String),
      finished_at: null,
    }),
  ]);
  for (const secret of world.minted()) expect(listed.text).not.toContain(secret);
  const some = async (query: string) =>
    itemsOf(await call('GET', `/departures?${query}`)).map(({ user }) => user);
  expect(await some(`user=${lin}`)).toEqual([lin]);
  expect(await some('state=unsupported')).toEqual([ada]);
  expect(await some('connection=google')).toEqual([lin]);
  expect((await call('GET', '/departures?state=lost')).status).toBe(400);
  const first = await call('GET', '/departures?limit=1');
  expect(await some(`limit=1&cursor=${first.body.next_cursor}`)).toEqual([lin]);

  world.clock.advance(60_000);
  await world.broker.upstreamRevocations.runDue();
  expect(itemsOf(await call('GET', `/departures?user=${lin}`))).toMatchObject([
    { state: 'revoked', attempts: 2, last_error: null, finished_at: expect.any(String) },
  ]);
});

it('are counted in the answer and started at once when a connection is removed', async () => {
  await signIn('github', 'lin');
  await signIn('github', 'ada');
  expect(await call('DELETE', '/connections/github')).toMatchObject({
    status: 200,
    body: { identities: 2, grants: 2 },
  });
  await world.broker.upstreamRevocations.idle();
  const items = itemsOf(await call('GET', '/departures?connection=github'));
  expect(items.map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  const { grants } = (await world.control('GET', 'github')) as { grants: unknown[] };
  expect(grants).toEqual([]);
});

it('leave nothing retrievable when a grant is revoked, whatever the provider answers', async () => {
  await world.control('POST', 'google/faults', { on: 'revoke', fault: '500', times: 1 });
  const user = await signIn('google', 'sam');
  const [identity] = itemsOf(await call('GET', `/users/${user}/identities`));
  const path = `/users/${user}/identities/${identity?.id}`;
  expect(await call('POST', `${path}/revoke`)).toMatchObject({
    status: 200,
    body: { outcome: 'retrying', identity: { token: { state: 'revoked' } } },
  });
  expect((await call('POST', `${path}/refresh`)).status).toBe(409);
  world.clock.advance(60_000);
  await world.broker.upstreamRevocations.runDue();
  expect(itemsOf(await call('GET', `/departures?user=${user}`))).toMatchObject([{ state: 'revoked' }]);
});
