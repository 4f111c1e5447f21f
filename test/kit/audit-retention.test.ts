import type pg from 'pg';
import { expect, it } from 'vitest';
import { type AuditKeep, type RetentionDeps, runRetention } from '../../src/kit/audit/retention.ts';
import type { Position } from '../../src/kit/audit/seal-store.ts';
import type { EventType } from '../../src/kit/events/events.ts';
import { newId } from '../../src/kit/ids.ts';
import { idAt } from '../support/event-weeks.ts';
import { type AuditWorld, auditWorld } from './audit-world.ts';

const day = 86_400_000;
const keep: AuditKeep = { all: 400, retrievals: 30 };
const far: Position = { tx: '9000000000000000000', id: '' };
const cause = { requestId: undefined, actorKind: 'system' as const, actorId: null, address: undefined };
const uses: readonly EventType[] = [
  ...(['token.retrieved', 'token.proxied', 'token.exchanged', 'agent.called', 'token.refreshed'] as const),
];
const types: readonly EventType[] = ['token.retrieved', 'app.created', ...uses.slice(1)];

/** Records events of uses and others in this week, and one in the next, and seals them. */
async function worldWithEvents() {
  const world = await auditWorld();
  const lines = [...types, ...types, 'app.changed' as const].map((type, n) => ({
    ...{ id: newId('evt'), type, appId: `app_${n}`, age: 0, detail: { n }, ...cause },
  }));
  const next = {
    id: idAt(Date.now() + 8 * day),
    type: 'app.created' as const,
    age: 0,
    detail: {},
    ...cause,
  };
  await world.append([...lines, next]);
  await world.seal();
  return { world, lines, next: next.id };
}

function retention({ pool, keyring }: AuditWorld, inDays: number, change: Partial<RetentionDeps> = {}) {
  const clock = { now: () => new Date(Date.now() + inDays * day) };
  const onRemove = async () => undefined;
  return runRetention({ pool, keyring, clock, keep, readers: async () => [far], onRemove, ...change });
}

const left = async ({ pool }: AuditWorld) =>
  (await pool.query('SELECT type FROM audit_event ORDER BY id')).rows.map(({ type }) => type);
const kinds = async (world: AuditWorld) =>
  (await world.verify()).findings.map(({ kind, event }) => ({ kind, event }));

it('a week past its time loses the events of uses, and the chain stays whole', async () => {
  const { world, lines } = await worldWithEvents();
  expect((await retention(world, 29)).removed).toEqual([]);
  expect(await retention(world, 38)).toMatchObject({
    state: 'done',
    removed: [{ types: uses }],
  });
  expect(await left(world)).toEqual(['app.created', 'app.created', 'app.changed', 'app.created']);
  expect((await retention(world, 38)).removed).toEqual([]);
  await world.record(1);
  await world.seal();
  const { findings, summary } = await world.verify();
  expect(findings).toEqual([]);
  expect(summary.notes.join()).toContain(`10 events of the types ${uses.join(', ')}`);
  const text = await world.exported();
  expect((await world.verifyExport(text)).findings).toEqual([]);
  expect((await world.verifyExport(text, undefined)).findings).toEqual([]);

  await world.sql('DELETE FROM audit_event WHERE id = $1', [lines[1]?.id]);
  expect(await kinds(world)).toEqual([{ kind: 'removed', event: lines[1]?.id }]);
});

it('a seal about removals that another hand has written excuses nothing', async () => {
  const { world, lines } = await worldWithEvents();
  await retention(world, 38);
  // It claims all lines of the seals before.
  const marks = (await world.sql(`SELECT note->>'marks' AS marks FROM audit_seal WHERE kind = 'removed'`))
    .rows[0].marks;
  const bytes = Buffer.from(marks, 'base64');
  for (let at = 12; at < bytes.length; at += 13) bytes[at] = 0xff;
  await world.sql(
    `UPDATE audit_seal SET note = jsonb_set(note, '{marks}', to_jsonb($1::text)) WHERE kind = 'removed'`,
    [bytes.toString('base64')],
  );
  await world.sql('DELETE FROM audit_event WHERE id = $1', [lines[1]?.id]);
  expect((await world.verify()).findings.map(({ kind }) => kind)).toContain('seal');
});

it('a week past the second time is dropped with its seals', async () => {
  const { world } = await worldWithEvents();
  await retention(world, 38);
  const heads = await world.heads();
  expect((await retention(world, 409)).removed).toHaveLength(1);
  // The event of a clock that was ahead is as old, and goes with its seal.
  expect((await world.sql('SELECT id FROM audit_event')).rows).toEqual([]);
  const parts = `SELECT relname FROM pg_class WHERE relname LIKE 'audit\\_event%' AND relkind = 'r' AND NOT relispartition`;
  expect((await world.sql(parts)).rows).toEqual([]);
  await world.record(2);
  await world.seal();
  const { findings, summary } = await world.verify({ heads });
  expect(findings).toEqual([]);
  expect(summary.first?.seq).toBeGreaterThan(1n);
});

it('an event of the week that is sealed later is excused by its seal, and no other', async () => {
  const { world, lines } = await worldWithEvents();
  const late = lines[0] && { ...lines[0], id: newId('evt') };
  await world.append([...(late ? [late] : [])]);
  const kept = await world.record(1);
  await world.seal();
  await retention(world, 38);
  expect(await kinds(world)).toEqual([]);
  await world.sql('DELETE FROM audit_event WHERE id = $1', kept);
  expect(await kinds(world)).toEqual([{ kind: 'removed', event: kept[0] }]);
});

it('an event of a past week without a partition goes with its week', async () => {
  const world = await auditWorld();
  // The partitions reach five weeks ahead.
  const stray = (type: EventType) => ({
    ...{ id: idAt(Date.now() + 50 * day), type, age: 0, detail: {}, ...cause },
  });
  await world.append([stray('token.retrieved'), stray('app.created')]);
  await world.seal();
  const parts = async () =>
    (await world.sql('SELECT DISTINCT tableoid::regclass::text AS part FROM audit_event')).rows;
  expect((await retention(world, 79)).removed).toEqual([]);
  expect(await parts()).toEqual([{ part: 'audit_event_default' }]);

  expect((await retention(world, 88)).removed).toMatchObject([{ types: uses }]);
  expect(await left(world)).toEqual(['app.created']);
  expect(await parts()).toEqual([{ part: expect.stringMatching(/^audit_event_\d{4}(_\d\d){2}$/) }]);
  expect(await kinds(world)).toEqual([]);
  expect((await retention(world, 458)).state).toBe('done');
  expect(await left(world)).toEqual([]);
  expect(await kinds(world)).toEqual([]);
});

it('nothing is removed before every reader has passed it, and the chain has it', async () => {
  const world = await auditWorld();
  await world.append([{ id: newId('evt'), type: 'token.retrieved', age: 0, detail: {}, ...cause }]);
  expect((await retention(world, 38)).removed).toEqual([]);
  await world.seal();
  for (const readers of [[undefined], [far, { tx: '1', id: '' }]])
    expect((await retention(world, 38, { readers: async () => readers })).removed).toEqual([]);
  expect((await retention(world, 38, { keep: { all: 0, retrievals: 0 } })).removed).toEqual([]);
  expect((await retention(world, 38)).removed).toHaveLength(1);
});

/** A pool whose process ends at its n-th statement: no further one is sent, and open transactions are rolled back. */
function endingAt(pool: pg.Pool, most: number): pg.Pool {
  let sent = 0;
  const limited =
    (query: (...args: unknown[]) => unknown) =>
    (...args: unknown[]) => {
      sent += 1;
      return sent > most ? Promise.reject(new Error('killed')) : query(...args);
    };
  const connect = async () => {
    const client = await pool.connect();
    return Object.assign(Object.create(client), {
      query: limited(client.query.bind(client) as never),
      release: () => client.release(true),
    });
  };
  return { query: limited(pool.query.bind(pool) as never), connect } as never;
}

it.each([38, 409])(
  'a run in %i days that is killed at any statement leaves a whole audit, and the next one finishes',
  async (inDays) => {
    const { world } = await worldWithEvents();
    let killed = 0;
    for (let most = inDays % 2; ; most += 2) {
      const run = await retention(world, inDays, { pool: endingAt(world.pool, most) }).catch(
        ({ message }) => message,
      );
      expect(await kinds(world), `after ${most} statements`).toEqual([]);
      // The server may still see the connection of the run before, which held the lock.
      if (typeof run === 'object' && run.state === 'done') break;
      if (run === 'killed') killed += 1;
    }
    expect(killed).toBeGreaterThan(10);
    expect((await retention(world, inDays)).removed).toEqual([]);
    const rest = ['app.created', 'app.created', 'app.changed', 'app.created'];
    expect(await left(world)).toEqual(inDays === 409 ? [] : rest);
  },
);

it('a writer in an open transaction is waited for, and others go on', async () => {
  const { world } = await worldWithEvents();
  const writer = await world.pool.connect();
  await writer.query('BEGIN');
  await writer.query(`INSERT INTO audit_event (id, type) VALUES ($1, 'app.created')`, [newId('evt')]);
  const running = retention(world, 38);
  const waiting = `SELECT count(*)::int AS n FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'`;
  await expect.poll(async () => (await world.sql(waiting)).rows[0].n, { timeout: 10_000 }).toBe(1);
  await world.record(1);
  await writer.query('COMMIT');
  writer.release();
  // The writer's event came into the week meanwhile.
  await expect(running).rejects.toThrow('meanwhile');
  expect(await kinds(world)).toEqual([]);
  await world.seal();
  expect((await retention(world, 38)).removed).toHaveLength(1);
  await world.seal();
  expect(await kinds(world)).toEqual([]);
});
