import { beforeAll, expect, it } from 'vitest';
import type { Event } from '../../src/kit/events/events.ts';
import { createRateLimitedEvents } from '../../src/kit/events/rate-limited-events.ts';
import { runInRequest } from '../../src/kit/request-context.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { testClock } from '../support/clock.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, itemsOf } from './client.ts';

// Wrong admin tokens and wrong client secrets leave events: one a minute, and one with the number of the others.

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ trustedProxyHops: 1 });
  app = await createApp(world);
});

const from = (address: string) => ({ 'x-forwarded-for': address });
const events = async (type: string) => itemsOf(await adminClient(world)('GET', `/events?type=${type}`));

async function nextMinute(): Promise<void> {
  world.clock.advance(60_000);
}

async function guessAdmin(address: string): Promise<number> {
  const headers = { authorization: 'Bearer a-wrong-token', ...from(address) };
  return (await fetch(`${world.issuer}/admin/v1/apps`, { headers })).status;
}

async function authenticate(endpoint: string, clientId: string, secret: string, address = '192.0.2.9') {
  const basic = Buffer.from(`${clientId}:${secret}`).toString('base64');
  const answer = await fetch(`${world.issuer}/oauth/${endpoint}`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, ...from(address) },
    body: new URLSearchParams({ grant_type: 'client_credentials', token: 'x' }),
  });
  return answer.status;
}

it('fifty wrong admin tokens leave one event, and a count a minute later', async () => {
  for (let guesses = 0; guesses < 50; guesses += 1) expect(await guessAdmin('192.0.2.1')).toBe(401);
  const about = { actor: { kind: 'anonymous', id: null }, address: '192.0.2.1', user: null, app: null };
  expect(await events('admin.refused')).toMatchObject([{ ...about, detail: { why: 'invalid_token' } }]);
  expect((await adminClient(world)('GET', '/apps')).status).toBe(200);

  await nextMinute();
  await guessAdmin('192.0.2.1');
  const [, count] = (await events('admin.refused')).sort((a, b) => String(b.id).localeCompare(String(a.id)));
  expect(count).toMatchObject({ ...about, request_id: null, detail: { times: 49 } });
  expect(JSON.stringify(await events('admin.refused'))).not.toContain('a-wrong-token');
});

it('a request without a token leaves none', async () => {
  const before = await events('admin.refused');
  await fetch(`${world.issuer}/admin/v1/apps`, { headers: from('192.0.2.77') });
  expect(await events('admin.refused')).toEqual(before);
});

it('sixty wrong client secrets leave one event with the app, and lock nothing', async () => {
  for (let guesses = 0; guesses < 60; guesses += 1)
    expect(await authenticate('token', app.clientId, 'a-wrong-secret')).toBe(401);
  const refused = await events('client.refused');
  expect(refused).toMatchObject([{ app: app.clientId, actor: { kind: 'anonymous' }, address: '192.0.2.9' }]);
  expect(refused[0]?.detail).toEqual({ at: 'token', known: true });
  // The grant is refused for another reason, so the client has authenticated.
  expect(await authenticate('token', app.clientId, app.clientSecret)).not.toBe(401);
});

it('an unknown client id leaves an event without the id', async () => {
  expect(await authenticate('introspect', 'no-such-client', 'x', '192.0.2.3')).toBe(401);
  const [event] = (await events('client.refused')).filter(({ address }) => address === '192.0.2.3');
  expect(event).toMatchObject({ app: null, detail: { at: 'introspection', known: false } });
  expect(JSON.stringify(event)).not.toContain('no-such-client');
});

it('callers from any number of addresses cannot fill the database', async () => {
  const written: Event[] = [];
  const clock = testClock();
  const limited = createRateLimitedEvents({ record: async (event) => void written.push(event) }, clock);
  const guess = (type: Event['type'], address: string, appId?: string) =>
    runInRequest({ requestId: 'req_1', address }, () => limited.record({ type, appId, unproven: true }));
  for (let number = 0; number < 2_000; number += 1) {
    await guess('admin.refused', `2001:db8::${number.toString(16)}`);
    await guess('client.refused', `2001:db8::${number.toString(16)}`);
    await guess('client.refused', '192.0.2.1', `app_${number}`);
  }
  expect(written.length).toBeLessThan(150);
  await limited.recordCounts(true);
  const told = (type: string) =>
    written
      .filter((event) => event.type === type)
      .reduce((sum, { detail }) => sum + Number(detail?.times ?? 1), 0);
  expect([told('admin.refused'), told('client.refused')]).toEqual([2_000, 4_000]);
  expect(written.length).toBeLessThan(155);
});
