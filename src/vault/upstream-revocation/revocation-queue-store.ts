import type pg from 'pg';
import type { Prisma, PrismaClient } from '../../kit/database/database.ts';
import { olderThan, pastRangeEnd } from '../../kit/database/timestamp-range.ts';
import {
  type ClaimedRevocation,
  type QueuedRevocation,
  type RevocationState,
  revocationState,
} from './queued-revocation.ts';

/** The queue of upstream revocations. Each method is one statement. */
export interface RevocationQueueStore {
  /** Leases due revocations to this process for 120 s and counts the attempt. */
  claim(now: Date, limit: number, scope?: RevocationScope): Promise<readonly ClaimedRevocation[]>;
  /**
   * Writes the final state and deletes the sealed token set. Returns false if another process has leased the row since.
   */
  finish(claimed: ClaimedRevocation, end: End): Promise<boolean>;
  /** Ends the lease and sets the next attempt. Returns false if another process has leased the row since. */
  postpone(claimed: ClaimedRevocation, until: { error: string; nextAt: Date }): Promise<boolean>;
  /** Delays all pending revocations of a connection that no process has leased. */
  delay(connectionId: string, until: Date): Promise<void>;
  latestOf(identityId: string): Promise<QueuedRevocation | undefined>;
  /** Returns a page, newest first. */
  list(page: RevocationPage): Promise<readonly QueuedRevocation[]>;
  /** Deletes revocations that were finished before this time. */
  prune(before: Date): Promise<void>;
}

/** The final state of a revocation. */
export interface End {
  readonly state: RevocationState;
  readonly error: string | null;
  readonly now: Date;
}

/** Limits a run to the revocations of one user or identity. */
export interface RevocationScope {
  readonly userId?: string;
  readonly identityId?: string;
}

export interface RevocationPage {
  readonly limit: number;
  readonly after: { readonly createdAt: Date; readonly id: string } | undefined;
  readonly filter: {
    readonly state?: string | undefined;
    readonly userId?: string | undefined;
    /** Alias. */
    readonly connection?: string | undefined;
  };
}

/** Longer than the longest attempt. */
const leaseSeconds = 120;

/** SQL: the owner of the sealed set. A set that no entry has held (version 0) has neither issuer nor subject. */
export const departureOwner = `CASE WHEN version = 0 THEN ARRAY[user_id, connection_id, '', '']
  ELSE ARRAY[user_id, connection_id, coalesce(issuer, ''), coalesce(subject, '')] END AS owner`;

const columns = `id, identity_id AS "identityId", user_id AS "userId", connection_id AS "connectionId", connection,
  provider, state, attempts, last_error AS "lastError", next_at AS "nextAt", created_at AS "createdAt",
  finished_at AS "finishedAt", subject, ciphertext, wrapped_key AS "wrappedKey", key_id AS "keyId", version,
  access_expires_at AS "accessExpiresAt", client_id AS "clientId", ${departureOwner}`;

export function createRevocationQueueStore({ prisma, pool }: Stored): RevocationQueueStore {
  const changed = async (text: string, values: unknown[]) =>
    ((await pool.query(text, values)).rowCount ?? 0) > 0;

  return {
    async claim(now, limit, scope = {}) {
      // Leases use the database's clock, so the clocks of processes need not agree.
      const { rows } = await pool.query<ClaimedRevocation>(
        `UPDATE departure SET lease_until = now() + make_interval(secs => $3), attempts = attempts + 1
         WHERE id IN (
           SELECT id FROM departure
           WHERE state = 'pending' AND next_at <= $1 AND (lease_until IS NULL OR lease_until < now())
             AND ($4::text IS NULL OR user_id = $4) AND ($5::text IS NULL OR identity_id = $5)
           ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING ${columns}`,
        [now, limit, leaseSeconds, scope.userId ?? null, scope.identityId ?? null],
      );
      return rows;
    },
    finish: ({ id, attempts }, { state, error, now }) =>
      changed(
        `UPDATE departure SET state = $3, last_error = $4, finished_at = $5, lease_until = NULL, subject = NULL,
           ciphertext = NULL, wrapped_key = NULL, key_id = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
        [id, attempts, state, error, now],
      ),
    postpone: ({ id, attempts }, { error, nextAt }) =>
      changed(
        `UPDATE departure SET last_error = $3, next_at = $4, lease_until = NULL
         WHERE id = $1 AND attempts = $2 AND state = 'pending'`,
        [id, attempts, error, nextAt],
      ),
    async delay(connectionId, until) {
      await pool.query(
        `UPDATE departure SET next_at = $2 WHERE connection_id = $1 AND state = 'pending' AND next_at < $2
           AND (lease_until IS NULL OR lease_until < now())`,
        [connectionId, until],
      );
    },
    async latestOf(identityId) {
      const [latest] = await read(prisma, { where: { identityId }, take: 1 });
      return latest;
    },
    list: ({ limit, after, filter }) => {
      const equal = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
      const where = { AND: [equal, after ? olderThan({ at: after.createdAt, id: after.id }) : {}] };
      return read(prisma, {
        where,
        take: limit,
        ...pastRangeEnd(after && { at: after.createdAt, id: after.id }),
      });
    },
    async prune(before) {
      await prisma.queuedRevocation.deleteMany({ where: { finishedAt: { lt: before } } });
    },
  };
}

interface Stored {
  readonly prisma: PrismaClient;
  readonly pool: pg.Pool;
}

/** Reads revocations, newest first, without their sealed tokens. */
async function read(
  prisma: PrismaClient,
  which: { where: Prisma.QueuedRevocationWhereInput; take: number; cursor?: { id: string }; skip?: number },
): Promise<readonly QueuedRevocation[]> {
  const rows = await prisma.queuedRevocation.findMany({
    ...which,
    orderBy: [{ createdAt: 'desc' }, { id: 'desc' }],
    omit: {
      subject: true,
      issuer: true,
      ciphertext: true,
      wrappedKey: true,
      keyId: true,
      version: true,
      accessExpiresAt: true,
      clientId: true,
      leaseUntil: true,
    },
  });
  return rows.map(({ state, ...row }) => ({ ...row, state: revocationState.parse(state) }));
}
