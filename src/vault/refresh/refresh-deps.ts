import type { Circuit } from '../../connectors/engine/circuit.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Events } from '../../kit/events/events.ts';
import type { Logger } from '../../kit/log.ts';
import type { Metrics } from '../../kit/metrics.ts';
import type { Connection } from '../../login/connections.ts';
import type { EntryStore } from '../entry-store.ts';
import type { UnstoredSet } from '../stored-set.ts';
import type { TokenKeyring } from '../token-keyring.ts';
import type { InFlight } from './in-flight.ts';
import type { Reachability } from './reachability.ts';
import type { Spill } from './spill.ts';

export interface RefreshDeps {
  readonly store: EntryStore;
  readonly keyring: TokenKeyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** The name of this process in leases and journal rows. */
  readonly owner: string;
  readonly circuitOf: (connectionId: string) => Circuit;
  readonly inFlight: InFlight;
  /** Resolves when lost commits, if any, are written again after a failover of the database. */
  readonly settled?: () => Promise<void>;
  readonly metrics: Pick<Metrics, 'refresh' | 'leaseWait'>;
  /** Keeps a new token set on disk that the database does not accept. */
  readonly spill: Spill;
  /** Milliseconds after which a set that is not saved is spilled. */
  readonly spillAfter?: number;
  readonly reachability: Reachability;
  /** Milliseconds before the second call after a refusal that the provider also sends for living grants. */
  readonly doubtPause?: number;
  /** Takes a token set whose identity was unlinked during the refresh. */
  readonly upstreamRevocations: {
    enqueueTokens(target: IdentityAtConnection, issued: UnstoredSet): Promise<void>;
  };
}

/** The identity whose entry is refreshed. */
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
