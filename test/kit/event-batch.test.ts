import { expect, it, vi } from 'vitest';
import { createEventBatch } from '../../src/kit/events/event-batch.ts';
import { type AuditEventLine, createEventAppender } from '../../src/kit/events/event-store.ts';
import { createLog } from '../../src/kit/log.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';

const retrieved = { type: 'token.retrieved', userId: 'usr_1', detail: { background: false } } as const;

/** A store that can be switched off. */
function batchOf(append?: (lines: readonly AuditEventLine[]) => Promise<void>) {
  const written: AuditEventLine[] = [];
  const clock = testClock();
  const state = { down: false, writes: 0 };
  const batch = createEventBatch({
    clock,
    log: createLog('silent'),
    append:
      append ??
      (async (lines) => {
        state.writes += 1;
        if (state.down) throw new Error('the database is away');
        written.push(...lines);
      }),
  });
  return { batch, written, clock, state };
}

it('many events are written in one statement, soon, and with their own times', async () => {
  const { batch, written, clock, state } = batchOf();
  for (let count = 0; count < 100; count += 1) await batch.add(retrieved);
  clock.advance(30);
  expect(written).toHaveLength(0);
  await vi.waitFor(() => expect(written).toHaveLength(100), { timeout: 100, interval: 5 });
  expect(state.writes).toBe(1);
  expect(written[0]).toMatchObject({ ...retrieved, age: 30, id: expect.stringMatching(/^evt_/) });
});

it('closing writes what is left', async () => {
  const { batch, written } = batchOf();
  await batch.add(retrieved);
  await batch.close();
  expect(written).toHaveLength(1);
});

it('a failed write is retried; meanwhile further events wait, and are refused after a limit', async () => {
  const { batch, written, state } = batchOf();
  state.down = true;
  await batch.add(retrieved);
  await vi.waitFor(() => expect(state.writes).toBeGreaterThan(2), { timeout: 500, interval: 5 });
  const refused = batch.add(retrieved);
  await expect(refused).rejects.toMatchObject({ code: 'unavailable', status: 503 });
  const patient = batch.add(retrieved);
  state.down = false;
  await patient;
  await batch.close();
  expect(written).toHaveLength(2);
});

it('an event that the database will never accept does not block the others', async () => {
  const database = await freshDatabase();
  const { batch } = batchOf(createEventAppender(database.pool));
  await batch.add(retrieved);
  await batch.add({ ...retrieved, detail: { reason: 'a\0b' } });
  await batch.add(retrieved);
  await batch.close();
  expect(await database.prisma.auditEvent.count()).toBe(2);
});

it('the database dates an event, and it is written once however often it is tried', async () => {
  const database = await freshDatabase();
  const append = createEventAppender(database.pool);
  const cause = { requestId: 'req_1', actorKind: 'app', actorId: 'app_1', address: '192.0.2.7' } as const;
  const line = { ...retrieved, ...cause, id: 'evt_1', age: 60_000 };
  await append([line]);
  await append([line, { ...line, id: 'evt_2', age: 0 }]);
  const { rows } = await database.pool.query<{ id: string; ago: number; detail: unknown }>(
    'SELECT id, detail, round(extract(epoch FROM now() - at))::int AS ago FROM audit_event ORDER BY id',
  );
  expect(rows).toEqual([
    { id: 'evt_1', ago: 60, detail: { background: false } },
    { id: 'evt_2', ago: 0, detail: { background: false } },
  ]);
});
