import type { Database } from '../../kit/database/database.ts';
import { newId } from '../../kit/ids.ts';

/** A session that has ended, and an app to notify. */
export interface EndedSession {
  readonly appId: string;
  readonly userId: string;
  readonly sid: string;
}

export interface ClaimedLogout extends EndedSession {
  readonly id: string;
  /** The number of attempts, including the current one. */
  readonly attempts: number;
  readonly createdAt: Date;
}

/** The queue of logout tokens. Each method is one atomic statement. */
export interface BackchannelLogoutStore {
  add(ended: readonly EndedSession[], now: Date): Promise<void>;
  /** Leases due logouts for this process. */
  claim(now: Date, limit: number): Promise<readonly ClaimedLogout[]>;
  postpone(claimed: ClaimedLogout, nextAt: Date): Promise<void>;
  drop(claimed: ClaimedLogout): Promise<void>;
}

/** Longer than the longest attempt. */
const leaseSeconds = 30;

export function createBackchannelLogoutStore({ prisma, pool }: Database): BackchannelLogoutStore {
  return {
    async add(ended, now) {
      const data = ended.map((line) => ({ ...line, id: newId('lgo'), nextAt: now, createdAt: now }));
      await prisma.backchannelLogout.createMany({ data });
    },
    async claim(now, limit) {
      // Leases use the database's clock, because the clocks of processes can differ.
      const { rows } = await pool.query<ClaimedLogout>(
        `UPDATE backchannel_logout SET lease_until = now() + make_interval(secs => $3), attempts = attempts + 1
         WHERE id IN (
           SELECT id FROM backchannel_logout
           WHERE next_at <= $1 AND (lease_until IS NULL OR lease_until < now())
           ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
         RETURNING id, app_id AS "appId", user_id AS "userId", sid, attempts, created_at AS "createdAt"`,
        [now, limit, leaseSeconds],
      );
      return rows;
    },
    async postpone({ id, attempts }, nextAt) {
      // A process that has claimed the logout since then has raised `attempts`, and decides.
      await prisma.backchannelLogout.updateMany({
        where: { id, attempts },
        data: { nextAt, leaseUntil: null },
      });
    },
    async drop({ id }) {
      await prisma.backchannelLogout.deleteMany({ where: { id } });
    },
  };
}
