import { randomUUID } from 'node:crypto';
import type { Database } from '../../kit/database/database.ts';
import { createInFlight } from './in-flight.ts';
import { type Reachability, watchReachability } from './reachability.ts';
import { createReachabilityProbe } from './reachability-store.ts';
import type { RefreshDeps } from './refresh-deps.ts';
import { createSpill } from './spill.ts';

export interface ProcessDeps extends RefreshDeps {
  readonly reachability: Reachability & { end(): void };
}

type Given = Omit<RefreshDeps, 'owner' | 'inFlight' | 'reachability' | 'spill'>;

/** Returns the dependencies that all refreshes of one process share. */
export function createProcessDeps({
  database,
  spillDirectory,
  ...given
}: Given & { readonly database: Database; readonly spillDirectory: string }): ProcessDeps {
  return {
    ...given,
    owner: randomUUID(),
    inFlight: createInFlight(),
    reachability: watchReachability(createReachabilityProbe(database.pool)),
    spill: createSpill(spillDirectory, given.keyring, given.log),
  };
}
