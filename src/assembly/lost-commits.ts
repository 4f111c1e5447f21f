import type { Identities } from '../identities/identities.ts';
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

export interface LostCommitsDeps {
  readonly database: Pick<Database, 'prisma' | 'pool'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly events: Events;
  readonly recentChanges: Pick<RecentChanges, 'lost'>;
  readonly saves: Pick<RecentSaves, 'restoreLost' | 'markDueInDoubt'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'revokeAgain'>;
  readonly identities: Pick<Identities, 'setDisabled' | 'setRoles'>;
  readonly removals: Pick<Removals, 'unlink' | 'eraseUser'>;
  readonly issuance: () => Pick<Issuance, 'revokeUser' | 'eraseUser' | 'withdrawConsent'>;
}

export interface LostCommits extends ListenObserver {
  /**
   * Resolves when the database is known to have what this process has saved: at once, but for a few seconds after
   * connections have ended.
   */
  settled(): Promise<void>;
}

/** As long as a refresh waits for other processes, which may have saved what the database has lost. */
const hold = seconds(2);
/** In the event; the log has them all. */
const mostNamed = 50;
/** Where listening does not begin anew, refreshes go on without. */
const longestWait = seconds(5);

/**
 * After a failover to a standby that was behind, the last commits are lost. This process does again those it knows of:
 * token sets are saved, revocations count, and so does what people and operators have just done.
 */
export function createLostCommits(deps: LostCommitsDeps): LostCommits {
  const { log, saves, recentChanges, upstreamRevocations } = deps;
  let gate = open();

  let lost = nothing;

  async function redo(): Promise<void> {
    for (const change of await recentChanges.lost()) {
      const done = await again(deps, change).catch((error: unknown) => {
        // The object of the change was lost with it.
        if (error instanceof Problem && error.code.endsWith('not_found')) return true;
        log.error({ err: error, ...change }, 'what the database has lost cannot be done again');
        return false;
      });
      if (done) lost = { ...lost, redone: lost.redone + 1 };
      else lost = { ...lost, undone: [...lost.undone, describe(change)] };
    }
  }

  /** Losses found before it failed are not found a second time, so they are kept until all is done. */
  async function lookFor({ behind, revoked }: Found): Promise<Lost | undefined> {
    lost = { ...lost, revocations: lost.revocations + revoked };
    const { older, saved } = await saves.restoreLost();
    lost = { ...lost, tokens: lost.tokens + saved, tokens_in_doubt: lost.tokens_in_doubt + older - saved };
    // A set that was saved before its grant was ended has just come back too.
    const ended = await upstreamRevocations.revokeAgain();
    lost = { ...lost, redone: lost.redone + ended };
    await redo();
    const all = lost;
    if (!behind && JSON.stringify(all) === JSON.stringify(nothing)) return undefined;
    const doubtful = await saves.markDueInDoubt();
    return { ...all, tokens_in_doubt: all.tokens_in_doubt + doubtful };
  }

  return {
    settled: () => gate.passed,
    lost() {
      if (!gate.isOpen) return;
      gate = closed();
      setTimeout(gate.open, longestWait).unref();
    },
    async resumed(found) {
      const held = gate;
      try {
        const all = await lookFor(found);
        if (!all) return held.open();
        log.error(all, message);
        setTimeout(held.open, hold).unref();
        lost = nothing;
        const undone = { undone: all.undone.slice(0, mostNamed), undone_total: all.undone.length };
        const detail = { ...all, ...undone, run: 'symbolon restored' };
        await tell(deps, { type: 'database.rewound', detail });
      } catch (error) {
        // The database is away again; whatever else it is, it is no reason to hear nothing.
        if (isDatabaseUnavailable(error)) throw error;
        log.error({ err: error }, 'what the database has lost cannot be looked for');
        held.open();
      }
    },
  };
}

type Found = Parameters<ListenObserver['resumed']>[0];

interface Lost {
  readonly revocations: number;
  /** Sets that were saved again. */
  readonly tokens: number;
  readonly tokens_in_doubt: number;
  readonly redone: number;
  readonly undone: readonly string[];
}

const nothing: Lost = { revocations: 0, tokens: 0, tokens_in_doubt: 0, redone: 0, undone: [] };

const message =
  'the database has lost its last commits: a standby that was behind has taken over, or a backup was restored. This ' +
  'process has written again those it knows of. Grants and tokens that other processes had ended may be back; ' +
  '`symbolon restored` ends them';

interface Gate {
  readonly isOpen: boolean;
  readonly passed: Promise<void>;
  open(): void;
}

function open(): Gate {
  return { isOpen: true, passed: Promise.resolve(), open: () => undefined };
}

function closed(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  const gate = {
    isOpen: false,
    passed: promise,
    open() {
      gate.isOpen = true;
      resolve();
    },
  };
  return gate;
}

/** Returns false where an event does not say enough for it. */
async function again(
  { identities, removals, issuance }: LostCommitsDeps,
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
    case 'grant.revoked':
      if (appId === undefined) return false;
      await issuance().withdrawConsent(userId, appId, connection && `idp:${connection}`);
      return true;
    default:
      return false;
  }
}

function describe({ type, userId, identityId, connection, appId }: Event): string {
  return [type, userId, identityId, connection, appId].filter((name) => name !== undefined).join(' ');
}

const tries = 3;

async function tell(deps: LostCommitsDeps, event: Event): Promise<void> {
  for (let left = tries; left > 0; left -= 1) {
    try {
      return await recordOnce(deps, event);
    } catch (error) {
      deps.log.error({ err: error }, 'that the database has lost its last commits could not be recorded');
    }
  }
}

/** Several processes find it out at the same moment; one says it. */
async function recordOnce({ database, events, clock }: LostCommitsDeps, event: Event): Promise<void> {
  const client = await database.pool.connect();
  try {
    await client.query('BEGIN');
    await client.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`symbolon ${event.type}`]);
    const filter = { type: event.type, since: after(clock.now(), -minutes(1)) };
    const said = await createEventStore(database.prisma).list({ limit: 1, after: undefined, filter });
    if (said.length === 0) await events.record(event);
    await client.query('COMMIT');
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
}
