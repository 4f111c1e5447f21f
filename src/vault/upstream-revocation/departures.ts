import { setTimeout as pause } from 'node:timers/promises';
import type { Identities } from '../../identities/identities.ts';
import type { Leaver } from '../../identities/leaver.ts';
import { after, type Clock, days, seconds } from '../../kit/clock.ts';
import type { Database, Transaction } from '../../kit/database/database.ts';
import type { Events } from '../../kit/events/events.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import type { Logger } from '../../kit/log.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { Connection, Connections } from '../../login/connections.ts';
import type { EntryStore } from '../entry-store.ts';
import type { Issued } from '../holding.ts';
import type { LeaverTarget, RefreshTarget } from '../refresh/refresh-deps.ts';
import { sealTokens } from '../token-set.ts';
import { attemptDeparture } from './attempt-departure.ts';
import { createDepartedUpstream } from './departed-upstream.ts';
import { type Departure, type Leaving, leavingOf } from './departure.ts';
import { createDepartureStore, type DeparturePage, type Of } from './departure-store.ts';
import { createHeldAnew } from './held-anew.ts';
import { createLeavingStore, type Left } from './leaving-store.ts';

/**
 * Grants that leave: an identity is unlinked, a user deleted, a connection removed, a grant revoked. What is held is
 * out of the vault at once; that the provider ends it too is pursued until it has, cannot, or patience ends.
 */
export interface Departures {
  /** Takes the entries along with the identities that this transaction removes. */
  depart(transaction: Transaction, leavers: readonly Leaver[]): Promise<number>;
  /** Keeps the way to the provider of a connection that this transaction removes. */
  keepConnection(transaction: Transaction, connection: Connection): Promise<void>;
  /** Ends the grant of an identity that stays linked. */
  revoke(target: RefreshTarget): Promise<Leaving>;
  /** Ends those again that this process has ended lately and the database holds as before. Returns how many. */
  revokeAgain(): Promise<number>;
  /** A token set that a refresh brought home after its entry had left. */
  followUp(target: LeaverTarget, issued: Issued): Promise<void>;
  /** Tries those of a person at once, but for a moment only: how it stands then. */
  tryNow(of: Of): Promise<void>;
  /** Tries what is due. Answers how many. */
  runDue(): Promise<number>;
  /** The same, for callers who do not wait for it. */
  runSoon(): void;
  /** How it stands with the grant of an identity, which need not exist any longer. */
  outcome(identityId: string): Promise<Leaving>;
  list(page: DeparturePage): Promise<readonly Departure[]>;
  /** Resolves when nothing is under way in this process. */
  idle(): Promise<void>;
}

export interface DeparturesDeps {
  readonly database: Database;
  readonly entries: EntryStore;
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly connections: Pick<Connections, 'all' | 'findById'>;
  readonly outbound: Outbound;
  readonly keyring: Keyring;
  readonly clock: Clock;
  readonly events: Events;
  readonly log: Logger;
  /** Milliseconds that a person waits for the provider. */
  readonly patience?: number;
}

/** At once, in one process. */
const width = 8;
const keptFor = days(90);
/** The size of the cache of ended grants, for when the database loses its last commits. */
const mostEnded = 2_000;

export function createDepartures(deps: DeparturesDeps): Departures {
  const { database, keyring, clock, log, patience = seconds(2.5) } = deps;
  const store = createDepartureStore(database);
  const leavings = createLeavingStore(database);
  const upstreams = createDepartedUpstream({ ...deps, leavings });
  const attempting = { ...deps, store, upstreams, isHeldAnew: createHeldAnew(deps) };
  const underWay = new Set<Promise<unknown>>();
  const ended = new Map<string, Left & { readonly leaver: Leaver }>();

  async function end(leaver: Leaver): Promise<void> {
    const at = clock.now();
    const version = await leavings.departFrom(leaver, at);
    if (version === undefined) return;
    ended.delete(leaver.identityId);
    ended.set(leaver.identityId, { leaver, version, at });
    const [oldest] = ended.keys();
    if (ended.size > mostEnded && oldest !== undefined) ended.delete(oldest);
  }

  function track<T>(work: Promise<T>): Promise<T> {
    underWay.add(work);
    work.finally(() => underWay.delete(work)).catch(() => undefined);
    return work;
  }

  async function run(of?: Of): Promise<number> {
    let count = 0;
    for (;;) {
      const claimed = await store.claim(clock.now(), width, of);
      const ended = await Promise.allSettled(
        claimed.map((departure) => attemptDeparture(attempting, departure)),
      );
      for (const end of ended) {
        if (end.status === 'rejected') log.error({ err: end.reason }, 'a departure could not be attempted');
      }
      count += claimed.length;
      if (claimed.length < width) break;
    }
    await leavings.dropConnections();
    return count;
  }

  async function tryNow(of: Of): Promise<void> {
    const trying = track(run(of)).catch((error: unknown) => {
      log.error({ err: error }, 'departures could not be tried');
    });
    const waited = new AbortController();
    await Promise.race([trying, pause(patience, undefined, waited)]).finally(() => waited.abort());
  }

  const runSoon = () => {
    track(run()).catch((error: unknown) => log.error({ err: error }, 'departures could not be tried'));
  };
  const outcome = async (identityId: string) => leavingOf(await store.latestOf(identityId));

  return {
    depart: (transaction, leavers) => leavings.depart(transaction, leavers, clock.now()),
    keepConnection: (transaction, connection) => upstreams.keep(connection, transaction),

    async revoke({ identityId, userId, subject, connection }) {
      const { id: connectionId, alias, connector } = connection;
      const named = { alias, provider: connector.provider };
      await end({ identityId, userId, connectionId, subject, connection: named });
      await tryNow({ identityId });
      return await outcome(identityId);
    },

    async revokeAgain() {
      const back = ended.size > 0 ? await leavings.back(ended) : [];
      for (const { leaver } of back.flatMap((identityId) => ended.get(identityId) ?? [])) await end(leaver);
      if (back.length > 0) runSoon();
      return back.length;
    },

    async followUp({ identityId, userId, connection }, { tokens, accessExpiresAt, ...issued }) {
      const { id: connectionId, alias, connector, registration } = connection;
      const { clientId = registration.clientId } = issued;
      const leaver = {
        identityId,
        userId,
        connectionId,
        connection: { alias, provider: connector.provider },
      };
      // No entry has this version.
      const place = { identityId, version: 0 };
      await upstreams.keep(connection);
      const sealed = { ...sealTokens(keyring, tokens, place), ...place, accessExpiresAt, clientId };
      await leavings.followUp(leaver, sealed, clock.now());
    },

    tryNow,
    async runDue() {
      const count = await track(run());
      await store.prune(after(clock.now(), -keptFor));
      return count;
    },
    runSoon,
    outcome,
    list: (page) => store.list(page),
    async idle() {
      await Promise.allSettled(underWay);
    },
  };
}
