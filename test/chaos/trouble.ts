import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

interface Trouble {
  readonly stage: Stage;
  readonly tally: Tally;
  readonly random: Random;
  readonly isOver: () => boolean;
  /** The factor by which the pauses between two faults are longer than usual. */
  readonly calm: number;
}

/** Kills one of the brokers from time to time. */
export async function killBrokers({ stage, tally, random, isOver, calm }: Trouble): Promise<void> {
  for (;;) {
    await pause(calm * random.between(3000, 6500));
    if (isOver()) return;
    const ready = stage.fleet.ready();
    // While one is paused another keeps running, or the effects of the pause could not be seen.
    const broker = ready.length > (stage.fleet.isSuspended() ? 1 : 0) ? random.pick(ready) : undefined;
    if (!broker) continue;
    if (random.chance(0.25)) {
      stage.fleet.retire(broker);
      tally.add('brokers asked to end');
      continue;
    }
    stage.fleet.kill(broker);
    tally.add('brokers killed');
  }
}

/** Longer than a lease, and shorter than other brokers wait for a lost process to save its result. */
export const longPause = { least: 33_000, most: 45_000 };

/** Pauses one of the brokers while the provider answers it late, until others have its leases. */
export async function suspendBrokers({ stage, tally, random, isOver, calm }: Trouble): Promise<void> {
  for (;;) {
    for (let waited = calm * random.between(4, 10); waited > 0 && !isOver(); waited -= 1) await pause(1000);
    if (isOver()) return;
    const broker = random.pick(stage.fleet.ready());
    if (!broker) continue;
    await delayRefreshes(stage);
    const going = stage.fleet.suspend(broker, random.between(longPause.least, longPause.most));
    const { rows } = await stage.pool.query<{ count: number }>(
      `SELECT count(*)::int FROM refresh_intent i JOIN LATERAL (SELECT label FROM chaos_intent c
         WHERE c.identity_id = i.identity_id ORDER BY at DESC LIMIT 1) last ON last.label = $1`,
      [broker.label],
    );
    await going;
    tally.add('brokers paused');
    tally.add('refreshes under way when their broker was paused', rows[0]?.count ?? 0);
  }
}

/** Ends connections to PostgreSQL, mostly in the middle of a statement. */
export async function killConnections({ stage, tally, random, isOver }: Trouble): Promise<void> {
  while (!isOver()) {
    await pause(random.between(200, 900));
    const labels = stage.fleet.ready().map(({ label }) => label);
    const { rows } = await stage.pool.query<{ pid: number; state: string }>(
      'SELECT pid, state FROM pg_stat_activity WHERE application_name = ANY($1) ORDER BY pid',
      [labels],
    );
    const busy = rows.filter(({ state }) => state !== 'idle');
    const victim = random.pick(busy.length > 0 && random.chance(0.6) ? busy : rows);
    if (!victim) continue;
    await stage.pool.query('SELECT pg_terminate_backend($1)', [victim.pid]);
    tally.add('connections killed');
  }
}

/** Longer than other brokers wait for a lost process to save its result, so the journal's quarantine ends. */
const longOutage = { least: 60_000, most: 120_000 };

/** The database refuses connections for seconds, every fifth time for one to two minutes; open ones end. */
export async function interruptDatabase({ stage, tally, random, isOver, calm }: Trouble): Promise<void> {
  for (let turn = 0; ; turn += 1) {
    for (let waited = calm * random.between(14, 22); waited > 0 && !isOver(); waited -= 1) await pause(1000);
    if (isOver()) return;
    const long = turn % 5 === 1;
    if (long) await delayRefreshes(stage);
    const from = new Date();
    await stage.admit(false);
    await pause(long ? random.between(longOutage.least, longOutage.most) : random.between(2000, 5000));
    await stage.admit(true);
    stage.outages.push({ from, to: new Date() });
    tally.add(long ? 'database away for minutes' : 'database away');
  }
}

/**
 * The database accepts connections and does not answer: the vault's table is locked for longer than a caller
 * waits.
 */
export async function holdDatabase({ stage, tally, random, isOver, calm }: Trouble): Promise<void> {
  for (;;) {
    for (let waited = calm * random.between(25, 45); waited > 0 && !isOver(); waited -= 1) await pause(1000);
    if (isOver()) return;
    const client = await stage.pool.connect();
    try {
      await client.query('BEGIN');
      await client.query('LOCK TABLE vault_entry IN ACCESS EXCLUSIVE MODE');
      await pause(random.between(4000, 15_000));
      await client.query('COMMIT');
      tally.add('vault table locked');
    } finally {
      client.release();
    }
  }
}

/** Rotated tokens arrive while the database is unreachable. */
async function delayRefreshes(stage: Stage): Promise<void> {
  const late = { on: 'refresh', fault: 'none', delay_ms: 1500, after: true, times: 12 };
  await stage.control('POST', '/faults', late);
  await pause(600);
}

interface Fault {
  readonly fault: string;
  readonly weight: number;
  /** The most milliseconds. */
  readonly slow?: number;
  /** The provider has rotated, and its client does not receive the answer. */
  readonly after?: true;
}

const faults: readonly Fault[] = [
  { fault: '500', weight: 6 },
  { fault: '503', weight: 4 },
  { fault: '429', weight: 3 },
  { fault: 'html', weight: 4 },
  { fault: 'error_200', weight: 2 },
  { fault: 'omit_refresh_token', weight: 5 },
  { fault: 'reset', weight: 3 },
  { fault: 'timeout', weight: 1 },
  { fault: 'none', slow: 3000, weight: 8 },
  { fault: 'none', slow: 800, after: true, weight: 6 },
  { fault: 'timeout', after: true, weight: 1 },
  { fault: 'reset', after: true, weight: 2 },
  { fault: '500', after: true, weight: 1 },
  { fault: 'html', after: true, weight: 1 },
  ...[
    'status_202',
    'odd_token_type',
    'scope_list',
    'null_id_token',
    'spoiled_id_token',
    'lifetime_in_words',
    'large_member',
    'deep_member',
  ].map((fault) => ({ fault, weight: 1 })),
];

/** The provider's key set is unreachable from time to time. */
export async function upsetKeys({ stage, tally, random, isOver }: Trouble): Promise<void> {
  while (!isOver()) {
    await pause(random.between(500, 2000));
    const fault = random.pick(['503', '500', 'reset', 'html']) ?? '503';
    await stage.control('POST', '/faults', { on: 'jwks', fault });
    tally.add('key endpoint failed');
  }
}

/** The provider fails in random ways. */
export async function upsetProvider({ stage, tally, random, isOver }: Trouble): Promise<void> {
  while (!isOver()) {
    await pause(random.between(80, 260));
    const chosen = random.weighed(faults);
    if (!chosen) continue;
    const { fault, slow = 0, after = false } = chosen;
    const delay_ms = Math.round(random.between(slow / 10, slow));
    await stage.control('POST', '/faults', { on: 'refresh', fault, delay_ms, after });
    const name = fault === 'none' ? 'slow' : fault;
    tally.add(`fault: ${name}${after ? ' after the work was done' : ''}`);
  }
}
