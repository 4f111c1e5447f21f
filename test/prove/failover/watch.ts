import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Cluster } from './cluster.ts';
import type { ClusterNode } from './node.ts';

/** Notes when each node has committed a row, which a synchronous standby has then too. */
export interface Watch {
  /** By `performance.now()`. */
  readonly commits: { readonly at: number; readonly node: string }[];
  stop(): Promise<void>;
}

const interval = 100;
const patience = 1_000;

export function startWatch({ nodes, nodeUrl }: Cluster, database: string): Watch {
  const commits: { at: number; node: string }[] = [];
  let over = false;
  const watchOne = async (node: ClusterNode) => {
    while (!over) {
      const client = await connect(nodeUrl(node, database));
      while (client && !over) {
        const wrote = await client.query('UPDATE proof_beat SET at = clock_timestamp()').then(
          ({ rowCount }) => rowCount === 1,
          () => false,
        );
        if (!wrote) break;
        commits.push({ at: performance.now(), node: node.name });
        await pause(interval);
      }
      client?.end().catch(() => undefined);
      await pause(interval);
    }
  };
  const loops = nodes.map(watchOne);
  return {
    commits,
    async stop() {
      over = true;
      await Promise.all(loops);
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client | undefined> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: patience,
    query_timeout: patience,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return client;
  } catch {
    return undefined;
  }
}

/** The longest time without one, between two times. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Returns the longest gap between the given times. */
export function longestGap(times: readonly number[], from: number, to: number): Gap {
  const inside = times.filter((at) => at >= from && at <= to).sort((a, b) => a - b);
  let longest: Gap = { from, to: from };
  let last = from;
  for (const at of [...inside, to]) {
    if (at - last > longest.to - longest.from) longest = { from: last, to: at };
    last = at;
  }
  return longest;
}
