import os from 'node:os';
import type { Clock } from '../kit/clock.ts';
import { minutes } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import type { ConnectionLimit } from '../kit/server.ts';

export interface ConnectionLimitDeps {
  /** 0: no limit; undefined: by the memory of the process. */
  readonly mostConnections?: number | undefined;
  readonly metrics: Pick<Metrics, 'connectionRefused'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The largest body that is read of a stranger is 64 kB, and needs about twice that while it arrives. */
const bytesOfConnection = 512 * 1024;
const [fewest, mostByMemory] = [1_000, 20_000];
const logEvery = minutes(1);

/** Returns the limit of open connections; a process above it says so by its metric, and in the log once a minute. */
export function createConnectionLimit(deps: ConnectionLimitDeps): ConnectionLimit | undefined {
  const { mostConnections: most = byMemory(memoryOfProcess()), metrics, clock, log } = deps;
  if (most === 0) return undefined;
  let loggedAt = Number.NEGATIVE_INFINITY;
  return {
    most,
    onRefused() {
      metrics.connectionRefused();
      const now = clock.now().getTime();
      if (now - loggedAt < logEvery) return;
      loggedAt = now;
      log.warn(
        { most },
        'all connections are in use and further ones are closed; MOST_CONNECTIONS allows more',
      );
    },
  };
}

/** Returns the number of connections whose bodies fill a quarter of the memory. */
export function byMemory(bytes: number): number {
  return Math.min(Math.max(Math.floor(bytes / bytesOfConnection), fewest), mostByMemory);
}

/** Returns the limit of the container, where there is one, or the memory of the machine. */
function memoryOfProcess(): number {
  const limit = process.constrainedMemory();
  const machine = os.totalmem();
  return limit > 0 && limit < machine ? limit : machine;
}
