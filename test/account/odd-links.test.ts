import { beforeAll, expect, it } from 'vitest';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { type Visitor, visit } from './visitor.ts';

// A link with an odd time or name is refused with a page, and breaks nothing.

let world: World;
let visitor: Visitor;
let app: string;

beforeAll(async () => {
  world = await createWorld();
  const shop = await createApp(world);
  app = `/account/apps/${shop.clientId}`;
  await shop.signIn({ connection: 'google', user: 'lin' });
  visitor = await visit(world, { connection: 'google', user: 'lin' });
});

it.each([
  ['after=8640000000000001.evt_x', 400],
  ['after=9999999999999999.evt_x', 400],
  ['since=%2B275000-01-01', 400],
  ['since=0000-01-01', 400],
  ['since=yesterday', 400],
  ['since=0001-01-01', 200],
])('the activity with %s', async (query, status) => {
  expect((await visitor.open(`/account/activity?${query}`)).status).toBe(status);
});

it.each([
  'api=constructor',
  'api=__proto__',
  'api=',
  'connection=nope',
  'connection=twitch',
  'connection=%00',
])('a withdrawal of %s, which the person has not allowed', async (query) => {
  expect((await visitor.open(`${app}/withdraw?${query}`)).status).toBe(404);
});
