import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';
import type { Tally } from './tally.ts';

interface Trouble {
  readonly stage: Stage;
  readonly tally: Tally;
  readonly random: Random;
  readonly isOver: () => boolean;
  /** Times that the pauses between two troubles are longer than usual. */
  readonly calm: number;
}

/** Now and then one of the brokers is gone from one moment to the next. */
export async function killBrokers({ stage, tally, random, isOver, calm }: Trouble): Promise<void> {
  for (;;) {
    await pause(calm * random.between(3000, 6500));
    if (isOver()) return;
    const ready = stage.fleet.ready();
    // While one stands still another is left, or nobody could notice what it does to the rest.
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

/** Longer than a lease, and shorter than a process is believed to be about to save what it got. */
export const longPause = { least: 33_000, most: 45_000 };

/** One of the brokers stands still while the provider answers it late, until others have its leases; then it goes on. */
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

/** Connections to PostgreSQL end, mostly in the middle of something. */
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

/** Longer than a process is believed to be about to save what it got: the quarantine of its journal ends meanwhile. */
const longOutage = { least: 60_000, most: 120_000 };

/** The database takes no connection for seconds, every fifth time for one to two minutes; open ones end. */
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

/** The database takes connections and does not answer: the vault's table is locked for longer than a caller waits. */
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

/** Rotated tokens arrive while the database is away. */
async function delayRefreshes(stage: Stage): Promise<void> {
  const late = { on: 'refresh', fault: 'none', delay_ms: 1500, after: true, times: 12 };
  await stage.control('POST', '/faults', late);
  await pause(600);
}

interface Fault {
  readonly fault: string;
  readonly weight: number;
  /** Milliseconds at most. */
  readonly slow?: number;
  /** The provider has done its work: a rotation that its client does not learn of. */
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

/** Where the provider publishes its keys there is no answer now and then. */
export async function upsetKeys({ stage, tally, random, isOver }: Trouble): Promise<void> {
  while (!isOver()) {
    await pause(random.between(500, 2000));
    const fault = random.pick(['503', '500', 'reset', 'html']) ?? '503';
    await stage.control('POST', '/faults', { on: 'jwks', fault });
    tally.add('key endpoint failed');
  }
}

/** The provider has its moods. */
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
