import type pg from 'pg';

/** A position in a server's history of transactions. */
export interface Commits {
  /** The id of the cluster; undefined: unknown. Positions of different clusters cannot be compared. */
  readonly system: string | undefined;
  /** All transactions with a smaller number have ended. */
  readonly next: bigint;
}

type Session = Pick<pg.Client, 'query'>;

/** Reads the position of a session's server. */
export async function readCommits(session: Session): Promise<Commits> {
  const system = await session
    .query<{ system: string }>('SELECT system_identifier::text AS system FROM pg_control_system()')
    .then(
      ({ rows }) => rows[0]?.system,
      () => undefined,
    );
  const { rows } = await session.query<{ next: string }>(`SELECT ${nextCommit} AS next`);
  return { system, next: BigInt(rows[0]?.next ?? 0) };
}

export const nextCommit = 'pg_snapshot_xmin(pg_current_snapshot())::text';

/** Returns whether the server is behind the earlier position: its last commits are lost. */
export function isBehind(now: Commits, before: Commits | undefined): boolean {
  return before !== undefined && before.system === now.system && now.next < before.next;
}
