import type { Approvals } from '../agents/approvals.ts';
import type { Identities } from '../identities/identities.ts';
import { withdrawnPart } from '../issuance/consent/scopes.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { ListenObserver } from '../issuance/ports.ts';
import { after, type Clock, minutes, seconds } from '../kit/clock.ts';
import type { Database } from '../kit/database/database.ts';
import { isDatabaseUnavailable } from '../kit/database/database-errors.ts';
import { createEventStore } from '../kit/events/event-store.ts';
import type { Event, Events } from '../kit/events/events.ts';
import type { RecentChanges } from '../kit/events/recent-changes.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import type { Removals } from '../offboarding/ports.ts';
import type { RecentSaves } from '../vault/recent-saves.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Audit } from './audit-chain.ts';
import { closedGate, openGate } from './loss-gate.ts';

export interface LostCommitsDeps {
  readonly database: Pick<Database, 'prisma' | 'pool'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Events;
  readonly recentChanges: Pick<RecentChanges, 'lost'>;
  readonly saves: Pick<RecentSaves, 'restoreLost' | 'markDueInDoubt' | 'forgetSeen'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revokeAgain'>;
  readonly identities: Pick<Identities, 'setDisabled' | 'setRoles'>;
  readonly removals: Pick<Removals, 'unlink' | 'eraseUser'>;
  readonly audit: Pick<Audit, 'noteRestored'>;
  readonly decisions: () => { readonly approvals: Pick<Approvals, 'useAgain'> };
  readonly issuance: () => Pick<Issuance, 'revokeUser' | 'eraseUser' | 'withdrawConsent'>;
}

export interface LostCommits extends ListenObserver {
  /**
   * Resolves when a refresh may start. A refresh waits from the loss of the LISTEN connection until the search
   * for lost commits is over, and 2 s longer if it found some, but never longer than 5 s. At all other times
   * it resolves at once. After the 5 s the search may still be unfinished.
   */
  settled(): Promise<void>;
}

/** Refreshes wait this much longer after losses, so that other processes can write again the token sets that they saved. */
const waitForOthers = seconds(2);
/** Refreshes continue this long after the LISTEN connection was lost, even if it is not back. */
const longestWait = seconds(5);
/** The number of changes that the event names; the log names all. */
const mostNamed = 50;

/**
 * After a failover to a replica that lagged, the last commits are lost. Each process then writes again those
 * that it made: it saves token sets, records revocations, and repeats the recent changes of people and
 * operators.
 */
export function createLostCommits(deps: LostCommitsDeps): LostCommits {
  const { log, saves, recentChanges, upstreamRevocations } = deps;
  let gate = openGate();
  /** The losses that were found and not reported yet. */
  let lost = nothing;

  /** Repeats the lost changes of people and operators, and counts those that could not be repeated as undone. */
  async function redoChanges(): Promise<void> {
    for (const change of await recentChanges.lost()) {
      const done = await repeatChange(deps, change).catch((error: unknown) => {
        // The object of the change was lost with it, so there is nothing to repeat.
        if (error instanceof Problem && error.code.endsWith('not_found')) return true;
        log.error({ err: error, ...change }, 'what the database has lost cannot be done again');
        return false;
      });
      if (done) lost = { ...lost, redone: lost.redone + 1 };
      else lost = { ...lost, undone: [...lost.undone, describe(change)] };
    }
  }

  /**
   * Returns the losses, or undefined. A second search does not find the same losses again, so they are kept
   * until all are reported.
   */
  async function findLosses({ behind, revoked }: Found): Promise<Lost | undefined> {
    lost = { ...lost, revocations: lost.revocations + revoked };
    const { older, saved } = await saves.restoreLost();
    lost = { ...lost, tokens: lost.tokens + saved, tokens_in_doubt: lost.tokens_in_doubt + older - saved };
    // A token set that was saved before its grant was revoked has just been restored too.
    const ended = await upstreamRevocations.revokeAgain();
    lost = { ...lost, redone: lost.redone + ended };
    await redoChanges();
    const all = lost;
    if (!behind && JSON.stringify(all) === JSON.stringify(nothing)) return undefined;
    const inDoubt = await saves.markDueInDoubt();
    return { ...all, tokens_in_doubt: all.tokens_in_doubt + inDoubt };
  }

  return {
    settled: () => gate.passed,
    lost() {
      saves.forgetSeen();
      if (!gate.isOpen) return;
      gate = closedGate();
      setTimeout(gate.open, longestWait).unref();
    },
    async resumed(found) {
      saves.forgetSeen();
      // While this runs, this gate can open after 5 s and a further loss can close a new one, which is not ours to
      // open.
      const closedAtLoss = gate;
      try {
        const all = await findLosses(found);
        if (!all) return closedAtLoss.open();
        log.error(all, message);
        setTimeout(closedAtLoss.open, waitForOthers).unref();
        lost = nothing;
        const undone = { undone: all.undone.slice(0, mostNamed), undone_total: all.undone.length };
        const detail = { ...all, ...undone, run: 'symbolon restored' };
        await report(deps, { type: 'database.rewound', detail });
      } catch (error) {
        // Thrown on, so that the process reconnects and searches again. Any other error would come back at each
        // attempt, and the process would never listen again, so it is only logged.
        if (isDatabaseUnavailable(error)) throw error;
        log.error({ err: error }, 'what the database has lost cannot be looked for');
        closedAtLoss.open();
      }
    },
  };
}

type Found = Parameters<ListenObserver['resumed']>[0];

/** The losses of one failover, as the event `database.rewound` counts them. */
interface Lost {
  /** The number of revocations that were stored again. */
  readonly revocations: number;
  /** The number of token sets that were saved again. */
  readonly tokens: number;
  /** The number of entries whose newest token set may be lost for good. */
  readonly tokens_in_doubt: number;
  /** The number of changes and upstream revocations that were repeated. */
  readonly redone: number;
  /** The changes that could not be repeated, as `describe` names them. */
  readonly undone: readonly string[];
}

const nothing: Lost = { revocations: 0, tokens: 0, tokens_in_doubt: 0, redone: 0, undone: [] };

const message =
  'the database has lost its last commits: a standby that was behind has taken over, or a backup was restored. This ' +
  'process has written again those it knows of. Grants and tokens that other processes had ended may be back; ' +
  '`symbolon restored` ends them';

/** Repeats a change. Returns false when its event does not contain enough for that. */
async function repeatChange(
  { identities, removals, issuance, decisions }: LostCommitsDeps,
  { type, ...about }: Event,
): Promise<boolean> {
  const { userId, appId, identityId, connection, detail } = about;
  if (userId === undefined) return false;
  switch (type) {
    case 'user.disabled':
      await identities.setDisabled(userId, true);
      await issuance().revokeUser(userId);
      return true;
    case 'user.enabled':
      await identities.setDisabled(userId, false);
      return true;
    case 'user.roles_changed':
      if (!Array.isArray(detail?.roles)) return false;
      await identities.setRoles(userId, detail.roles);
      return true;
    case 'user.deleted':
      await issuance().eraseUser(userId);
      await removals.eraseUser(userId);
      return true;
    case 'identity.unlinked':
      if (identityId === undefined) return false;
      await removals.unlink({ userId, identityId });
      return true;
    case 'approval.used':
      if (typeof detail?.approval !== 'string') return false;
      await decisions().approvals.useAgain(detail.approval);
      return true;
    case 'grant.revoked':
      if (appId === undefined) return false;
      await issuance().withdrawConsent(userId, appId, withdrawnPart({ detail, connection }));
      return true;
    default:
      return false;
  }
}

function describe({ type, userId, identityId, connection, appId }: Event): string {
  return [type, userId, identityId, connection, appId].filter((name) => name !== undefined).join(' ');
}

/** The database may be unavailable again. */
const attempts = 3;

async function report(deps: LostCommitsDeps, event: Event): Promise<void> {
  for (let left = attempts; left > 0; left -= 1) {
    try {
      return await recordOnce(deps, event);
    } catch (error) {
      deps.log.error({ err: error }, 'that the database has lost its last commits could not be recorded');
    }
  }
}

/**
 * Several processes find the loss at the same moment. The first records the event, the others find it of the last
 * minute.
 */
async function recordOnce({ database, events, audit, clock }: LostCommitsDeps, event: Event): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`symbolon ${event.type}`]);
    const filter = { type: [event.type], since: after(clock.now(), -minutes(1)) };
    const recorded = await createEventStore(database.prisma).list({ limit: 1, after: undefined, filter });
    if (recorded.length === 0) {
      await events.record(event);
      await audit.noteRestored(event.type);
    }
    await client.query('COMMIT');
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}
