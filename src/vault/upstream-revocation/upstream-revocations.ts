import { setTimeout as pause } from 'node:timers/promises';
import type { Identities } from '../../identities/identities.ts';
import { after, type Clock, days, seconds } from '../../kit/clock.ts';
import type { Database, Transaction } from '../../kit/database/database.ts';
import type { Events } from '../../kit/events/events.ts';
import { createInFlight } from '../../kit/in-flight.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { Connection, Connections } from '../../login/connections.ts';
import type { EntryStore } from '../entry-store.ts';
import { sealTokens } from '../entry-tokens.ts';
import type { IdentityAtConnection, RefreshTarget } from '../refresh/refresh-deps.ts';
import type { UnstoredSet } from '../stored-set.ts';
import type { TokenKeyring } from '../token-keyring.ts';
import { attemptRevocation } from './attempt-revocation.ts';
import { createEnqueueStore, type EndedGrant } from './enqueue-store.ts';
import {
  type GrantHolder,
  outcomeOf,
  type QueuedRevocation,
  type RevocationOutcome,
} from './queued-revocation.ts';
import { createIsRelinked } from './relinked.ts';
import { createRemovedConnectionStore } from './removed-connection-store.ts';
import { createRemovedConnections } from './removed-connections.ts';
import {
  createRevocationQueueStore,
  type RevocationPage,
  type RevocationScope,
} from './revocation-queue-store.ts';

/**
 * The queue of upstream revocations: grants to be ended at their providers after an identity was unlinked, a user erased, a
 * connection removed or a grant revoked. This inner room moves the sealed token set from the vault's entry to the queue,
 * keeps the registration of a removed connection, and asks the provider with backoff for three days. It does not decide
 * which grants end: `offboarding`, the admin API and the dialects do. Each outcome is the event `token.revoked`.
 */
export interface UpstreamRevocations {
  /**
   * Moves the entries of identities to the queue, in the transaction that removes them. Returns how many held tokens.
   */
  enqueue(transaction: Transaction, holders: readonly GrantHolder[]): Promise<number>;
  /** Returns how many entries of a connection hold tokens. */
  countHeld(transaction: Transaction, connectionId: string): Promise<number>;
  /** Keeps the registration of a connection, in the transaction that removes it. */
  keepConnection(transaction: Transaction, connection: Connection): Promise<void>;
  /** Ends the grant of an identity that stays linked. Waits a short time for the provider. */
  revoke(target: RefreshTarget): Promise<RevocationOutcome>;
  /** Ends grants again that this process has ended and a failover of the database has restored. Returns how many. */
  revokeAgain(): Promise<number>;
  /** Queues a token set that a refresh or sign-in obtained after its entry was removed. */
  enqueueTokens(target: IdentityAtConnection, issued: UnstoredSet): Promise<void>;
  /** Attempts the revocations in scope now. Resolves when they are done, or after 2.5 s. */
  attemptNow(scope: RevocationScope): Promise<void>;
  /** Attempts all due revocations and deletes old rows. Returns how many were attempted. */
  runDue(): Promise<number>;
  /** Attempts all due revocations in the background. */
  runSoon(): void;
  /** Returns the state of the latest revocation of an identity. The identity may be removed. */
  outcome(identityId: string): Promise<RevocationOutcome>;
  list(page: RevocationPage): Promise<readonly QueuedRevocation[]>;
  /** Resolves when this process has no attempt in flight. */
  idle(): Promise<void>;
}

export interface UpstreamRevocationsDeps {
  readonly database: Database;
  readonly entries: EntryStore;
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly connections: Pick<Connections, 'all' | 'findById'>;
  readonly outbound: Outbound;
  readonly keyring: Keyring;
  /** Opens and seals the token sets of the queue. Default: `keyring`. */
  readonly tokenKeyring?: TokenKeyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** The longest wait of `attemptNow`, in milliseconds. */
  readonly longestWait?: number;
}

/** Concurrent attempts in one process. */
const concurrency = 8;
/** Milliseconds for which finished revocations are kept. */
const keptFor = days(90);
/** The size of the cache of ended grants, for when the database loses its last commits. */
const mostEnded = 2_000;

export function createUpstreamRevocations(deps: UpstreamRevocationsDeps): UpstreamRevocations {
  const { database, keyring, clock, log, longestWait = seconds(2.5), tokenKeyring = keyring } = deps;
  const queue = createRevocationQueueStore(database);
  const entries = createEnqueueStore(database);
  const removedStore = createRemovedConnectionStore(database);
  const removedConnections = createRemovedConnections({ ...deps, store: removedStore });
  const attempting = {
    ...deps,
    keyring: tokenKeyring,
    store: queue,
    removedConnections,
    isRelinked: createIsRelinked(deps),
  };
  const inFlight = createInFlight();
  /** The grants that this process ended last, by identity id. */
  const ended = new Map<string, EndedGrant & { readonly holder: GrantHolder }>();

  async function endGrant(holder: GrantHolder): Promise<void> {
    const at = clock.now();
    const version = await entries.enqueueLinked(holder, at);
    if (version === undefined) return;
    ended.delete(holder.identityId);
    ended.set(holder.identityId, { holder, version, at });
    const [oldest] = ended.keys();
    if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest);
  }

  /** Attempts due revocations, `concurrency` at a time, until none is left. Returns their number. */
  async function run(scope?: RevocationScope): Promise<number> {
    let count = 0;
    for (;;) {
      const claimed = await queue.claim(clock.now(), concurrency, scope);
      const attempts = await Promise.allSettled(
        claimed.map((revocation) => attemptRevocation(attempting, revocation)),
      );
      for (const attempt of attempts) {
        if (attempt.status === 'rejected')
          log.error({ err: attempt.reason }, 'an upstream revocation could not be attempted');
      }
      count += claimed.length;
      if (claimed.length < concurrency) break;
    }
    await removedStore.prune();
    return count;
  }

  const logFailure = (error: unknown) =>
    log.error({ err: error }, 'the queue of upstream revocations could not be read');

  async function attemptNow(scope: RevocationScope): Promise<void> {
    const trying = inFlight.add(run(scope)).catch(logFailure);
    const waited = new AbortController();
    await Promise.race([trying, pause(longestWait, undefined, waited)]).finally(() => waited.abort());
  }

  const runSoon = () => {
    inFlight.add(run()).catch(logFailure);
  };
  const outcome = async (identityId: string) => outcomeOf(await queue.latestOf(identityId));

  return {
    enqueue: (transaction, holders) => entries.enqueue(transaction, holders, clock.now()),
    countHeld: entries.countHeld,
    keepConnection: (transaction, connection) => removedConnections.keep(connection, transaction),

    async revoke({ identityId, userId, subject, connection }) {
      const { id: connectionId, alias, connector } = connection;
      const named = { alias, provider: connector.provider };
      const owner = (await deps.entries.findOwners([identityId])).get(identityId);
      const [, , issuer, ownSubject] = owner ?? [userId, connectionId, '', subject];
      await endGrant({ identityId, userId, connectionId, subject: ownSubject, issuer, connection: named });
      await attemptNow({ identityId });
      return await outcome(identityId);
    },

    async revokeAgain() {
      const restored = ended.size > 0 ? await entries.heldAgain(ended) : [];
      for (const { holder } of restored.flatMap((identityId) => ended.get(identityId) ?? []))
        await endGrant(holder);
      if (restored.length > 0) runSoon();
      return restored.length;
    },

    async enqueueTokens({ identityId, userId, connection }, { tokens, accessExpiresAt, ...issued }) {
      const { id: connectionId, alias, connector, registration } = connection;
      const { clientId = registration.clientId } = issued;
      const named = { alias, provider: connector.provider };
      // No entry has version 0. The identity is gone, and with it issuer and subject.
      const owner = [userId, connectionId, '', ''] as const;
      const place = { identityId, owner, version: 0 };
      await removedConnections.keep(connection);
      const sealed = { ...sealTokens(tokenKeyring, tokens, place), ...place, accessExpiresAt, clientId };
      await entries.enqueueTokens(
        { identityId, userId, connectionId, connection: named },
        sealed,
        clock.now(),
      );
    },

    attemptNow,
    async runDue() {
      const count = await inFlight.add(run());
      await queue.prune(after(clock.now(), -keptFor));
      return count;
    },
    runSoon,
    outcome,
    list: (page) => queue.list(page),
    idle: inFlight.settled,
  };
}
