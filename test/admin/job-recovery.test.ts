import { beforeAll, expect, it } from 'vitest';
import { createApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

// The event of a request to a provider comes before the request, so it does not show that the request was made.

let world: World;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  call = adminClient(world);
});

it('an item whose process ended between the event and the act is done by the next process', async () => {
  const app = await createApp(world);
  const signIn = () => app.signIn({ connection: 'google', user: 'lin' });
  const userId = (await signIn()).claims()?.sub ?? '';
  const path = `/users/${userId}/identities`;
  const tokenNow = async () => itemsOf(await call('GET', path))[0]?.token;
  const [identity] = itemsOf(await call('GET', path));
  const body = { act: 'identities.revoke', selection: { ids: [identity?.id] } };
  const { job } = (await call('POST', '/jobs', body)).body as { job: { id: string } };
  const read = async () => (await call('GET', `/jobs/${job.id}`)).body;
  await expect.poll(read).toMatchObject({ state: 'done', done: 1 });

  await signIn();
  expect(await tokenNow()).toMatchObject({ state: 'active' });
  const { pool } = world.database;
  await pool.query(
    `UPDATE bulk_item SET state = 'begun', outcome = NULL, at = now() - interval '1 hour' WHERE job_id = $1`,
    [job.id],
  );
  await pool.query(
    `UPDATE bulk_job SET state = 'running', done = 0, finished_at = NULL, lease_until = NULL WHERE id = $1`,
    [job.id],
  );
  await world.broker.jobs.find(({ name }) => name === 'bulk-jobs')?.run();
  expect(await read()).toMatchObject({ state: 'done', done: 1 });
  expect(await tokenNow()).toMatchObject({ state: 'revoked' });
});
