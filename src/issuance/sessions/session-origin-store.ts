import type { Database } from '../../kit/database/database.ts';
import { inBatches } from '../../kit/database/in-batches.ts';
import { hashOf } from '../../kit/ids.ts';

/** The store of session origins: the connection, identity and provider session that each session began with. */
export interface SessionOriginStore {
  put(origin: SessionOrigin): Promise<void>;
  find(filter: SessionOriginFilter): Promise<readonly FoundSession[]>;
  /** Returns the id of the connection at which the session's person signed in last. */
  connectionOf(sessionUid: string): Promise<string | undefined>;
  /** Returns the origins of a person's sessions, by session. */
  ofUser(userId: string): Promise<ReadonlyMap<string, SeenOrigin>>;
  /** Notes that the session was in use, at most once an hour. */
  seen(sessionUid: string, at: Date): Promise<void>;
  /** Returns some sessions that began at the connection. */
  someOf(connectionId: string, limit: number): Promise<readonly FoundSession[]>;
  drop(sessionUids: readonly string[]): Promise<void>;
  /** Deletes the origins of sessions that were in use before this time and have ended. */
  prune(before: Date): Promise<void>;
}

export interface Origin {
  readonly connectionId: string;
  readonly identityId: string;
  /** The provider's own session id, where it sends one (OpenID `sid`). */
  readonly sid?: string | undefined;
}

export interface SessionOrigin extends Origin {
  readonly sessionUid: string;
  readonly userId: string;
  readonly at: Date;
  /** The browser's description of itself. */
  readonly userAgent?: string | undefined;
  /** The client's IP address. */
  readonly address?: string | undefined;
}

/** The origin of a session, as people and admins are shown it. */
export interface SeenOrigin {
  readonly connectionId: string;
  readonly identityId: string;
  readonly at: Date;
  readonly userAgent: string | null;
  readonly address: string | null;
  readonly lastSeenAt: Date | null;
}

/** Sessions of these identities, or of all at the connection; with `sid`, only of that provider session. */
export interface SessionOriginFilter {
  readonly connectionId: string;
  readonly identityIds: readonly string[] | undefined;
  readonly sid: string | undefined;
}

export interface FoundSession {
  readonly sessionUid: string;
  readonly userId: string;
}

/** Longer descriptions are cut. Browsers send less than 200 characters. */
const longestUserAgent = 300;

// Rows of an earlier version have no `last_seen_at` until their session is in use again.
const prune = `DELETE FROM session_origin WHERE ctid = ANY (ARRAY
  (SELECT ctid FROM session_origin
    WHERE (last_seen_at < $1 OR last_seen_at IS NULL AND at < $1) AND NOT EXISTS
      (SELECT 1 FROM artifact WHERE artifact.kind = 'Session' AND artifact.uid = session_origin.session_uid)
    LIMIT $2 FOR UPDATE OF session_origin SKIP LOCKED))`;

const batch = 5_000;

const seen = `UPDATE session_origin SET last_seen_at = $2
  WHERE session_uid = $1 AND (last_seen_at IS NULL OR last_seen_at < $2::timestamptz - interval '1 hour')`;

/** Returns the statement that stores an origin. `place` returns the parameter of a value. */
export function originInsertion(
  { sessionUid, userId, connectionId, identityId, sid, at, userAgent, address }: SessionOrigin,
  place: (value: unknown) => string,
): string {
  const sidHash = sid === undefined ? null : hashOf(sid);
  const columns = [sessionUid, userId, connectionId, identityId, sidHash, at];
  const browser = [userAgent?.slice(0, longestUserAgent), address, at];
  return `INSERT INTO session_origin (session_uid, user_id, connection_id, identity_id, sid_hash, at, user_agent, address,
      last_seen_at)
    VALUES (${[...columns, ...browser].map(place).join(', ')}) ON CONFLICT (session_uid) DO UPDATE SET
      user_id = excluded.user_id, connection_id = excluded.connection_id, identity_id = excluded.identity_id,
      sid_hash = excluded.sid_hash, at = excluded.at, user_agent = excluded.user_agent, address = excluded.address,
      last_seen_at = excluded.last_seen_at`;
}

export function createSessionOriginStore({ prisma, pool }: Database): SessionOriginStore {
  return {
    async put(origin) {
      const values: unknown[] = [];
      await pool.query(
        originInsertion(origin, (value) => `$${values.push(value)}`),
        values,
      );
    },
    async find({ connectionId, identityIds, sid }) {
      const sidHash = sid === undefined ? undefined : hashOf(sid);
      return await prisma.sessionOrigin.findMany({
        where: {
          connectionId,
          ...(identityIds && { identityId: { in: [...identityIds] } }),
          // A session without a stored `sid` may be the one that the provider means.
          ...(sidHash !== undefined &&
            (identityIds ? { OR: [{ sidHash }, { sidHash: null }] } : { sidHash })),
        },
        select: { sessionUid: true, userId: true },
      });
    },
    async connectionOf(sessionUid) {
      const where = { sessionUid };
      return (await prisma.sessionOrigin.findUnique({ where, select: { connectionId: true } }))?.connectionId;
    },
    async ofUser(userId) {
      const rows = await prisma.sessionOrigin.findMany({ where: { userId } });
      return new Map(rows.map(({ sessionUid, ...origin }) => [sessionUid, origin]));
    },
    async seen(sessionUid, at) {
      await pool.query(seen, [sessionUid, at]);
    },
    someOf: (connectionId, take) =>
      prisma.sessionOrigin.findMany({
        where: { connectionId },
        take,
        select: { sessionUid: true, userId: true },
      }),
    async drop(sessionUids) {
      await prisma.sessionOrigin.deleteMany({ where: { sessionUid: { in: [...sessionUids] } } });
    },
    async prune(before) {
      await inBatches(batch, async (size) => (await pool.query(prune, [before, size])).rowCount ?? 0);
    },
  };
}
