import { beforeAll, describe, expect, it } from 'vitest';
import { minutes } from '../../src/kit/clock.ts';
import { visit } from '../account/visitor.ts';
import { adminClient, itemsOf } from '../admin/client.ts';
import { createBrowser } from '../support/browser.ts';
import { createWorld, type World } from '../support/world.ts';
import { type ConsoleVisitor, follow, signIn, visitConsole } from './console-visitor.ts';

let world: World;
let owner: ConsoleVisitor;
const ada = { connection: 'google', user: 'ada' };

beforeAll(async () => {
  world = await createWorld();
  owner = await visitConsole(world, { role: 'owner', user: 'ada' });
});

it('a kept form that is too old does not get in the way of the page that was asked for', async () => {
  const browser = createBrowser();
  const path = `/console/people/${owner.userId}/disable`;
  const page = await signIn(world, browser, ada, path);
  world.clock.advance(minutes(31));
  const form = page.forms.findIndex(({ action }) => action === path);
  await browser.submit(page, { form, fields: { reason: 'too late' } });
  world.clock.advance(minutes(11));
  const asked = await browser.open(`${world.issuer}/console/people`);
  const landed = await follow(world, browser, asked, ada);
  world.clock.advance(-minutes(42));
  expect(landed.url.pathname).toBe('/console/people');
});

describe('a link to the console', () => {
  it.each([
    '/console/events?since=1850-01-01T00:00&zone=Asia/Shanghai',
    '/console/events?since=0001-01-02T00:00&zone=Europe/Amsterdam',
    '/console?zone=%2B23:00&period=7d',
    '/console?zone=Asia/Kathmandu&period=7d',
    '/console?zone=Pacific/Kiritimati&period=7d',
    '/console?zone=Etc/GMT%2B12&period=7d',
  ])('with an odd time or zone shows its page: %s', async (path) => {
    expect((await owner.open(path)).status).toBe(200);
  });
});

describe('words of a stranger', () => {
  // These turn the direction of the text that follows, or hide it.
  const tricks = /[\u200b\u202e\u2066]/;
  const name = 'gro.elpmaxe\u202e\u2066 Okafor\u200b';

  it('are shown without characters that turn or hide other words', async () => {
    const { pool } = world.database;
    const { userId } = await visit(world, { connection: 'google', user: 'sam' });
    await pool.query('UPDATE "user" SET name = $2 WHERE id IN ($1, $3)', [userId, name, owner.userId]);
    await pool.query('UPDATE identity SET email = $2, alternates = $3 WHERE user_id = $1', [
      userId,
      name,
      JSON.stringify({ unionid: name }),
    ]);
    await world.adopt();
    const call = adminClient(world);
    expect((await call('PATCH', `/users/${userId}`, { disabled: true, reason: name })).status).toBe(200);
    const [event] = itemsOf(await call('GET', `/events?user=${userId}&type=user.disabled`));
    const [account] = itemsOf(await call('GET', `/users/${userId}/identities`));
    const person = `/console/people/${userId}`;
    for (const path of [
      ...['/console/people', person, `${person}?tab=events`, `${person}?tab=uses`],
      ...[`${person}/identities/${account?.id}`, '/console/identities', '/console/events'],
      `/console/events/${event?.id}`,
    ]) {
      const page = await owner.open(path);
      expect([path, page.status, tricks.test(page.html)]).toEqual([path, 200, false]);
      expect(page.html).toContain('gro.elpmaxe');
    }
  });
});
