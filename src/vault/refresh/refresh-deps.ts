import type { Circuit } from '../../connectors/engine/circuit.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import type { Metrics } from '../../kit/metrics.ts';
import type { Connection } from '../../login/connections.ts';
import type { EntryStore } from '../entry-store.ts';
import type { UnstoredSet } from '../stored-set.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';
import type { Spill } from './spill.ts';

export interface RefreshDeps {
  readonly store: EntryStore;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** Names this process in leases and intents. */
  readonly owner: string;
  readonly circuitOf: (connectionId: string) => Circuit;
  readonly inFlight: InFlight;
  /** Resolves when the database is known to have what was saved; while it comes back from an outage, a moment later. */
  readonly settled?: () => Promise<void>;
  readonly metrics: Pick<Metrics, 'refresh' | 'leaseWait'>;
  /** Where a new token set goes that the database does not take. */
  readonly spill: Spill;
  /** Milliseconds after which what is not saved goes there. */
  readonly spillAfter?: number;
  readonly reachability: Reachability;
  /** Milliseconds before a refusal that is said of living grants too is asked about once more. */
  readonly doubtPause?: number;
  /** Takes a token set whose identity was unlinked during the refresh. */
  readonly upstreamRevocations: {
    enqueueTokens(target: IdentityAtConnection, issued: UnstoredSet): Promise<void>;
  };
}

export interface RefreshTarget {
  readonly identityId: string;
  readonly userId: string;
  /** The provider's subject of the identity. */
  readonly subject: string;
  readonly connection: Connection;
}

/** An identity whose row may be removed. */
export type IdentityAtConnection = Omit<RefreshTarget, 'subject'>;

export function subjectOf({ identityId, userId, connection }: IdentityAtConnection) {
  return { identityId, userId, connection: connection.alias };
}
