import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { createEvents, type Event } from '../../src/kit/events/events.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createMetrics } from '../../src/kit/metrics.ts';
import { createOutbound } from '../../src/kit/outbound.ts';
import { newEndpoint } from '../../src/webhooks/endpoint-input.ts';
import { createWebhooks, type Webhooks } from '../../src/webhooks/webhooks.ts';
import { atEnd } from '../support/at-end.ts';
import { testClock } from '../support/clock.ts';
import { freshDatabase } from '../support/database.ts';
import { dump } from '../support/leaks.ts';
import { type Receiver, startReceiver } from './receiver.ts';

/** The room alone: a real database, a real endpoint, and a clock that stands still. */
export async function createRig() {
  const database = await freshDatabase();
  const receiver: Receiver = await startReceiver();
  const clock = testClock();
  const lines: string[] = [];
  const log = createLog('debug', { write: (line) => void lines.push(line) });
  const events = createEvents(database.pool, log);
  const keyring = createKeyring([{ id: 'test', key: randomBytes(32) }]);
  const allowedPrivateHosts = [receiver.host];
  const outbound = createOutbound({ allowedPrivateHosts });
  const { pool } = database;

  /** The webhooks of one broker process. */
  const another = (): Webhooks => {
    const made = createWebhooks({
      issuer: 'https://id.example.com',
      metrics: createMetrics(log),
      database,
      keyring,
      outbound,
      clock,
      events,
      log,
      allowedPrivateHosts,
      random: () => 0,
    });
    atEnd(() => made.stop());
    return made;
  };
  const webhooks = another();
  atEnd(() => outbound.close());

  const eventIds = async (where = 'true'): Promise<string[]> => {
    const { rows } = await pool.query<{ id: string }>(
      `SELECT id FROM audit_event WHERE ${where} ORDER BY tx, id`,
    );
    return rows.map(({ id }) => id);
  };

  return {
    database,
    receiver,
    clock,
    events,
    webhooks,
    another,
    logged: () => lines.join(''),
    dump: () => dump(database),
    eventIds,
    record: (event: Event) => events.record(event),
    async add(input: Readonly<Record<string, unknown>> = {}) {
      return await webhooks.endpoints.create(newEndpoint.parse({ url: receiver.url, ...input }));
    },
    /** Dispatches until so many are pending: transactions of other test files can delay the horizon. */
    async fanOutUntil(deliveries: number) {
      await expect
        .poll(
          async () => {
            await webhooks.fanOut();
            const { rows } = await pool.query('SELECT count(*)::int AS count FROM webhook_delivery');
            return rows[0]?.count;
          },
          { timeout: 10_000, interval: 20 },
        )
        .toBe(deliveries);
    },
    async states(endpointId: string) {
      const page = { limit: 100, before: undefined, state: undefined };
      return [...(await webhooks.endpoints.deliveries(endpointId, page))].reverse();
    },
  };
}

export type Rig = Awaited<ReturnType<typeof createRig>>;
