import type { Database } from '../../kit/database/database.ts';
import { hashOf } from '../../kit/ids.ts';

/** By whose word at which provider each session stands. */
export interface SessionOriginStore {
  put(origin: SessionOrigin): Promise<void>;
  find(begun: SessionOriginFilter): Promise<readonly FoundSession[]>;
  /** Forgets those whose session is over. */
  prune(before: Date): Promise<void>;
}

export interface Origin {
  readonly connectionId: string;
  readonly identityId: string;
  /** The provider's own session, where it names it (OpenID `sid`). */
  readonly sid?: string | undefined;
}

export interface SessionOrigin extends Origin {
  readonly sessionUid: string;
  readonly userId: string;
  readonly at: Date;
}

/** By these identities, or anybody's at the connection; with `sid`, in that session of the provider. */
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
          // A provider that named no session when the person came can mean any that this person has.
          ...(sidHash !== undefined &&
            (identityIds ? { OR: [{ sidHash }, { sidHash: null }] } : { sidHash })),
        },
        select: { sessionUid: true, userId: true },
      });
    },
    async prune(before) {
      await pool.query(prune, [before]);
    },
  };
}
