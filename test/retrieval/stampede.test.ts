import { expect, it } from 'vitest';
import { hours } from '../../src/kit/clock.ts';
import { callApi } from '../support/api.ts';
import { createApp } from '../support/app.ts';
import { holdBack } from '../support/hold-back.ts';
import { createWorld } from '../support/world.ts';

// The full test, with 1,000 callers, three processes and a slow provider, is npm run prove:stampede.

it('many callers at three brokers cost one refresh, get one answer, and block no other request', async () => {
  const world = await createWorld();
  const app = await createApp(world);
  const { access_token: hurried } = await app.signIn({ connection: 'wechat', user: 'lin' });
  const brokers = [world.issuer, (await world.another()).url, (await world.another()).url];
  world.clock.advance(hours(3));
  const { access_token: bystander } = await app.signIn({ connection: 'github', user: 'ada' });
  const goOn = await holdBack(world.control, 'wechat', { on: 'refresh', times: 9 });

  const path = '/v1/me/identities/wechat/token';
  const crowd = Array.from({ length: 300 }, (_, index) => callApi(brokers[index % 3] ?? '', path, hurried));
  const answered = Promise.all(crowd);
  const beside = await Promise.all(
    brokers.map((url) => callApi(url, '/v1/me/identities/github/token', bystander)),
  );
  // These callers get their tokens while the others still wait for the provider.
  expect(beside.map(({ status }) => status)).toEqual([200, 200, 200]);
  await goOn();

  const answers = await answered;
  expect(new Set(answers.map(({ status, body }) => `${status} ${JSON.stringify(body)}`)).size).toBe(1);
  expect(answers[0]?.status).toBe(200);
  const { counters } = (await world.control('GET', 'wechat')) as { counters: { refresh: number } };
  expect(counters.refresh).toBe(1);
});
