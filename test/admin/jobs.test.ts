import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/kit/ids.ts';
import type { TestApp } from '../support/app.ts';
import { createWorld, type World } from '../support/world.ts';
import { adminApp, adminPerson } from './admin-person.ts';
import { adminClient, type CallAdmin, itemsOf } from './client.ts';

let world: World;
let app: TestApp;
let call: CallAdmin;

beforeAll(async () => {
  world = await createWorld();
  app = await adminApp(world);
  call = adminClient(world);
});

/** Inserts people with names of one group, who are all disabled. */
async function crowd(group: string, number: number): Promise<readonly string[]> {
  const ids = Array.from({ length: number }, () => newId('usr'));
  await world.database.pool.query(
    `INSERT INTO "user" (id, name, disabled_at, created_at)
     SELECT id, $2 || ' ' || at, now(), now() - at * interval '1 second' FROM unnest($1::text[]) WITH ORDINALITY AS one (id, at)`,
    [ids, group],
  );
  await world.adopt();
  return ids;
}

const enable = (group: string, more: object = {}) => ({
  act: 'users.enable',
  selection: { filter: { q: group } },
  ...more,
});

async function jobOf(body: object, by: CallAdmin = call) {
  const { status, body: answer } = await by('POST', '/jobs', body);
  expect(status).toBe(201);
  return answer as { job: { id: string } | null; plan: Record<string, unknown> };
}

const read = async (id: string) => (await call('GET', `/jobs/${id}`)).body;
const ended = (id: string) => expect.poll(() => read(id)).toMatchObject({ state: 'done' });

/** Returns the number of the job's events by user. */
async function eventsOf(job: string, type: string): Promise<ReadonlyMap<string | null, number>> {
  const { rows } = await world.database.pool.query<{ user_id: string; n: number }>(
    'SELECT user_id, count(*)::int AS n FROM audit_event WHERE request_id = $1 AND type = $2 GROUP BY 1',
    [job, type],
  );
  return new Map(rows.map(({ user_id, n }) => [user_id, n]));
}

describe('a bulk job', () => {
  it('says in a dry run what it would do, and does nothing', async () => {
    await crowd('Rehearsal', 3);
    const { job, plan } = await jobOf(enable('Rehearsal', { dry_run: true }));
    expect({ job, plan }).toEqual({
      job: null,
      plan: { items: 3, more: false, connections: {}, seconds: 0 },
    });
    const { rows } = await world.database.pool.query(
      `SELECT id FROM "user" WHERE name LIKE 'Rehearsal%' AND disabled_at IS NULL`,
    );
    expect(rows).toEqual([]);
    expect(itemsOf(await call('GET', '/jobs'))).toEqual([]);
  });

  it('does each of some hundreds once, although it is paused and another process goes on after a crash', async () => {
    // More than a page of the selection, and than several batches of the work.
    const people = await crowd('Hundreds', 230);
    const id = (await jobOf(enable('Hundreds', { reason: 'after the incident' }))).job?.id ?? '';
    await expect.poll(async () => Number((await read(id)).done)).toBeGreaterThan(50);
    expect((await call('POST', `/jobs/${id}/pause`)).body).toMatchObject({ state: 'paused' });
    const begun = `/jobs/${id}/items?state=begun`;
    await expect.poll(async () => itemsOf(await call('GET', begun))).toEqual([]);
    const { done } = await read(id);
    expect(done).toBeLessThan(230);

    // A process has ended after one act, before it noted that; and in another item before the act.
    await world.database.pool.query(
      `UPDATE bulk_item SET state = 'begun', at = now() - interval '1 hour' WHERE job_id = $1 AND target IN
         ((SELECT target FROM bulk_item WHERE job_id = $1 AND state = 'done' LIMIT 1),
          (SELECT target FROM bulk_item WHERE job_id = $1 AND state = 'pending' LIMIT 1))`,
      [id],
    );
    await world.database.pool.query(`UPDATE bulk_job SET done = done - 1, state = 'running' WHERE id = $1`, [
      id,
    ]);
    const { broker } = await world.another();
    await broker.jobs.find(({ name }) => name === 'bulk-jobs')?.run();

    expect(await read(id)).toMatchObject({ state: 'done', total: 230, done: 230, failed: 0 });
    const events = await eventsOf(id, 'user.enabled');
    expect([...events.keys()].toSorted()).toEqual(people.toSorted());
    expect(new Set(events.values())).toEqual(new Set([1]));
    expect(await eventsOf(id, 'job.finished')).toEqual(new Map());
  });

  it('acts as its author: an operator’s job ends when the operator has no role any more', async () => {
    const operator = await adminPerson(world, app, { user: 'ada', role: 'operator' });
    await crowd('Demoted', 40);
    const id = (await jobOf(enable('Demoted'), operator.call)).job?.id ?? '';
    await ended(id);
    const by = { kind: 'person', id: operator.userId };
    expect(await read(id)).toMatchObject({ by, done: 40 });
    const [event] = itemsOf(await call('GET', `/events?request=${id}&limit=1`));
    expect(event?.actor).toEqual(by);

    const { rowCount } = await world.database.pool.query(
      `UPDATE bulk_job SET state = 'running', finished_at = NULL WHERE id = $1`,
      [id],
    );
    expect(rowCount).toBe(1);
    await world.database.pool.query(`UPDATE bulk_item SET state = 'pending' WHERE job_id = $1`, [id]);
    await world.broker.identities.setRoles(operator.userId, []);
    await world.broker.jobs.find(({ name }) => name === 'bulk-jobs')?.run();
    expect(await read(id)).toMatchObject({ state: 'failed', done: 40 });
  });

  it('is for owners and operators; many need a fresh sign-in and a reason, and more an owner', async () => {
    const people = await crowd('Guarded', 1_001);
    const disable = { act: 'users.disable', selection: { filter: { q: 'Guarded' } } };
    for (const role of ['support', 'auditor']) {
      const { call: asRole } = await adminPerson(world, app, { user: 'sam', role });
      expect((await asRole('POST', '/jobs', disable)).status).toBe(403);
    }
    const operator = await adminPerson(world, app, { user: 'sam', role: 'operator' });
    const tooMany = await operator.call('POST', '/jobs', { ...disable, reason: 'all of them' });
    expect([tooMany.status, tooMany.body.detail]).toEqual([
      403,
      'Only an owner may choose more than 1000 items.',
    ]);
    const ids = { ids: people.slice(0, 120) };
    const noReason = await operator.call('POST', '/jobs', { ...disable, selection: ids });
    expect([noReason.status, noReason.body.detail]).toEqual([
      422,
      expect.stringMatching(/^reason: is missing/),
    ]);
    world.clock.advance(10 * 60_000);
    const stale = await operator.call('POST', '/jobs', { ...disable, selection: ids, reason: 'why' });
    expect(stale.body.code).toBe('insufficient_user_authentication');
    expect(itemsOf(await call('GET', '/jobs')).filter(({ act }) => act === 'users.disable')).toEqual([]);
  });

  it('of an operator ends where more match than an operator may choose', async () => {
    const operator = await adminPerson(world, app, { user: 'sam', role: 'operator' });
    await crowd('Growing', 1);
    const id = (await jobOf(enable('Growing'), operator.call)).job?.id ?? '';
    await ended(id);
    await crowd('Growing', 1_001);
    // Its process had ended before it looked for the items.
    await world.database.pool.query(
      `UPDATE bulk_job SET state = 'preparing', finished_at = NULL WHERE id = $1`,
      [id],
    );
    await world.broker.jobs.find(({ name }) => name === 'bulk-jobs')?.run();
    expect(await read(id)).toMatchObject({ state: 'failed', done: 1 });
  });

  it('shows auditors no words of a search', async () => {
    const auditor = await adminPerson(world, app, { user: 'sam', role: 'auditor' });
    const { job } = await jobOf(enable('sam@mail.test'));
    for (const path of ['/jobs', `/jobs/${job?.id}`]) {
      expect((await call('GET', path)).text).toContain('sam@mail.test');
      expect((await auditor.call('GET', path)).text).not.toContain('sam@mail.test');
    }
  });

  it('has no filter with a name that a parser would drop, since it would then be for all', async () => {
    const headers = { authorization: `Bearer ${world.adminToken}`, 'content-type': 'application/json' };
    const body = '{"act":"users.disable","selection":{"filter":{"__proto__":{"q":"one"}}},"dry_run":true}';
    const answer = await fetch(`${world.issuer}/admin/v1/jobs`, { method: 'POST', headers, body });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ errors: [{ path: 'selection.filter.__proto__' }] });
    const unknown = { act: 'users.disable', selection: { filter: { name: 'one' } }, dry_run: true };
    expect((await call('POST', '/jobs', unknown)).status).toBe(400);
  });

  it('forgets the name of a person who is erased, in its search and in its reason', async () => {
    const [person = ''] = await crowd('Ottoline Marrow', 1);
    const { rows } = await world.database.pool.query<{ name: string }>(
      'SELECT name FROM "user" WHERE id = $1',
      [person],
    );
    const name = rows[0]?.name ?? '';
    const reason = `asked by ${name.toUpperCase()} on the phone`;
    const id = (await jobOf(enable('Ottoline', { reason }))).job?.id ?? '';
    const other = (await jobOf(enable('Ada Lovelace', { reason: 'a rule' }))).job?.id ?? '';
    for (const job of [id, other]) await ended(job);
    await call('POST', `/users/${person}/erase`, { reason: 'asked by letter' });
    expect(await read(id)).toMatchObject({
      selection: { filter: { q: '…' } },
      reason: 'asked by … on the phone',
      done: 1,
    });
    expect(await read(other)).toMatchObject({
      selection: { filter: { q: 'Ada Lovelace' } },
      reason: 'a rule',
    });
  });

  it('can be cancelled, and what has ended cannot be paused', async () => {
    await crowd('Cancelled', 300);
    const id = (await jobOf(enable('Cancelled'))).job?.id ?? '';
    expect((await call('POST', `/jobs/${id}/cancel`)).body).toMatchObject({ state: 'cancelled' });
    const { status, body } = await call('POST', `/jobs/${id}/pause`);
    expect([status, body.detail]).toEqual([409, 'This job is cancelled.']);
    await expect.poll(async () => itemsOf(await call('GET', `/jobs/${id}/items?state=begun`))).toEqual([]);
    const before = await read(id);
    await world.broker.jobs.find(({ name }) => name === 'bulk-jobs')?.run();
    expect(await read(id)).toEqual(before);
  });

  it('lists what failed, with the reason', async () => {
    const [first = ''] = await crowd('Gone', 2);
    const owner = await adminPerson(world, app, { user: 'lin', role: 'owner' });
    const id =
      (await jobOf({ act: 'users.disable', selection: { ids: [first, owner.userId] } })).job?.id ?? '';
    await ended(id);
    const failed = itemsOf(await call('GET', `/jobs/${id}/items?state=failed`));
    expect(failed.map(({ id: user, outcome }) => [user, outcome])).toEqual([[owner.userId, 'conflict']]);
  });
});
