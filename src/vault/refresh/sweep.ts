import { UpstreamError } from '../../connectors/contract/failures.ts';
import { OriginChangedError } from '../../connectors/engine/destinations.ts';
import { days, minutes } from '../../kit/clock.ts';
import { UnreadableError } from '../../kit/keys/keyring.ts';
import { traced } from '../../kit/spans.ts';
import type { Connection } from '../../login/connections.ts';
import { endNotice } from '../ends.ts';
import { isOtherClients } from './decide.ts';
import { quarantine, quarantineSeconds, withLease } from './lease.ts';
import { createLeftDue } from './left-due.ts';
import { rotates } from './note-failure.ts';
import { createPaces, type Paces } from './pace.ts';
import { saveSpills } from './recover-spills.ts';
import { refreshUnderLease } from './refresh.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh-deps.ts';

/** The background work of the vault. Each method returns the number of entries that it worked on. */
export interface Sweep {
  /** Saves the token sets that an earlier process spilled to disk. */
  saveSpills(): Promise<number>;
  /**
   * Finishes refreshes that a crash interrupted: their journal row is still there. A try with the stored refresh token
   * finds out whether the provider had rotated it; if it had, the grant is lost (`rotation_lost`).
   */
  recover(): Promise<number>;
  /** Refreshes tokens that apps use before they end, and grants that would lapse for inactivity. */
  ahead(): Promise<number>;
  /**
   * Records events for ends that are near and that no refresh moves. The end is marked first, so an event that cannot
   * be written is not repeated.
   */
  announce(): Promise<number>;
  readonly paceOf: Paces['stateOf'];
}

export interface SweepDeps extends RefreshDeps {
  /** `refreshNow` resolves with the outcome of a failed refresh too; it rejects if the database is unavailable. */
  readonly vault: { refreshNow(target: RefreshTarget): Promise<{ readonly kind: string }> };
  readonly connections: () => Promise<readonly Connection[]>;
  readonly targetsOf: (identityIds: readonly string[]) => Promise<readonly RefreshTarget[]>;
  /** Entries that one statement returns. */
  readonly batch?: number;
}

const defaultBatch = 500;
/** Interrupted refreshes that are finished at the same time. */
const concurrency = 4;
/** Milliseconds before its end at which a token is refreshed ahead. */
const lead = minutes(10);
/** Milliseconds since the last retrieval, up to which apps are taken to use a token. */
const usedWithin = days(7);
/**
 * Milliseconds. A run ends after this time, even if entries are left for the next one: it works for all connections, and those
 * that were done have new entries meanwhile.
 */
const longestRun = minutes(1);

export function createSweep(deps: SweepDeps): Sweep {
  const { store, clock, events, connections, targetsOf, vault, batch = defaultBatch } = deps;
  const leftDue = createLeftDue(clock);
  const paces = createPaces();

  async function aheadOf(connection: Connection): Promise<number> {
    const { keepAlive, perMinute } = connection.connector.refresh;
    // The store counts in seconds.
    const due = {
      connectionId: connection.id,
      lead: lead / 1000,
      usedWithin: usedWithin / 1000,
      keepAlive,
      limit: batch,
    };
    const until = clock.now().getTime() + longestRun;
    const circuit = deps.circuitOf(connection.id);
    const pace = paces(connection.id, circuit, perMinute);
    const left = leftDue.of(connection);
    const refresh = async (target: RefreshTarget) => {
      const { kind } = await traced('refresh ahead', { apart: true }, () => vault.refreshNow(target));
      if (kind === 'reauthorization_required') left.add(target.identityId);
      return kind === 'refreshed';
    };
    // A refresh that failed leaves its entry due, and it is not tried twice in one run.
    const seen = new Set<string>();
    const inTime = () => clock.now().getTime() < until;
    while (inTime() && circuit.state() !== 'open') {
      const except = { ids: [...left], changedAt: connection.changedAt };
      const ids = (await store.findDue({ ...due, left: except })).filter((id) => !seen.has(id));
      if (ids.length === 0) break;
      for (const id of ids) seen.add(id);
      await pace.each(await targetsOf(ids), refresh, inTime);
    }
    return seen.size;
  }

  async function announceFor(connection: Connection): Promise<number> {
    const near = await store.announceEnds(connection.id, endNotice / 1000, batch);
    const targets = new Map(
      (await targetsOf(near.map(({ identityId }) => identityId))).map((t) => [t.identityId, t]),
    );
    for (const { identityId, endsAt } of near) {
      const target = targets.get(identityId);
      const detail = { ends_at: endsAt.toISOString() };
      if (target) await events.record({ type: 'token.expiring', ...subjectOf(target), detail });
    }
    return near.length;
  }

  const forEachConnection = async (work: (connection: Connection) => Promise<number>) => {
    const counts = await Promise.all((await connections()).filter(({ enabled }) => enabled).map(work));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  return {
    saveSpills: () => saveSpills(deps),

    async recover() {
      const targets = await targetsOf(await store.findUnfinished(quarantineSeconds, batch));
      await eachOf(targets, concurrency, (target) => finish(deps, target));
      return targets.length;
    },

    ahead: () => forEachConnection(aheadOf),
    announce: () => forEachConnection(announceFor),
    paceOf: paces.stateOf,
  };
}

/**
 * Repeats an interrupted refresh, or deletes its journal row (the intent) if there is nothing to find out. It leaves the
 * entry alone while the token set belongs to another client id of the connection, and during the quarantine: the time for
 * which the process that wrote the journal row may still save its answer.
 */
async function finish(deps: SweepDeps, target: RefreshTarget): Promise<void> {
  await withLease(deps, target.identityId, async (leased) => {
    const { connection } = target;
    if (isOtherClients(leased.entry, connection.registration.clientId)) return;
    // The refresh was saved after the list of unfinished entries was read: the row that is left is void.
    if (!leased.unfinished) return await deps.store.clearIntent(target.identityId);
    // Without rotation no token can have been lost.
    if (!rotates(connection.connector.refresh)) return await deps.store.clearIntent(target.identityId);
    if (quarantine(deps, target, leased) > 0) return;
    await refreshUnderLease(deps, target, leased).catch((error: unknown) => {
      const isNoted = error instanceof UpstreamError || error instanceof OriginChangedError;
      if (!isNoted && !(error instanceof UnreadableError)) throw error;
    });
  });
}

/** Works on all items, `atOnce` of them at a time. */
async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items].values();
  const worker = async () => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}
