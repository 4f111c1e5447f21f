import type { Database } from '../../kit/database/database.ts';
import { hashOf } from '../../kit/ids.ts';

/** The store of session origins: the connection, identity and provider session that each session began with. */
export interface SessionOriginStore {
  put(origin: SessionOrigin): Promise<void>;
  find(filter: SessionOriginFilter): Promise<readonly FoundSession[]>;
  /** Returns the id of the connection at which the session's person signed in last. */
  connectionOf(sessionUid: string): Promise<string | undefined>;
  /** Returns some sessions that began at the connection. */
  someOf(connectionId: string, limit: number): Promise<readonly FoundSession[]>;
  drop(sessionUids: readonly string[]): Promise<void>;
  /** Deletes the origins of ended sessions. */
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

const prune = `DELETE FROM session_origin WHERE at < $1 AND NOT EXISTS
  (SELECT 1 FROM artifact WHERE artifact.kind = 'Session' AND artifact.uid = session_origin.session_uid)`;

export function createSessionOriginStore({ prisma, pool }: Database): SessionOriginStore {
  return {
    async put({ sessionUid, userId, connectionId, identityId, sid, at }) {
      const sidHash = sid === undefined ? null : hashOf(sid);
      const origin = { userId, connectionId, identityId, sidHash, at };
      const where = { sessionUid };
      await prisma.sessionOrigin.upsert({ where, create: { sessionUid, ...origin }, update: origin });
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
      await pool.query(prune, [before]);
    },
  };
}
