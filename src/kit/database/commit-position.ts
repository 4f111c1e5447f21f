import type pg from 'pg';

/** How far a server's history of transactions has come. */
export interface Commits {
  /** Of the cluster; undefined: the server does not say. Numbers of another cluster are not comparable. */
  readonly system: string | undefined;
  /** All transactions of a smaller number are over. */
  readonly next: bigint;
}

type Session = Pick<pg.Client, 'query'>;

/** Reads both where listening begins. */
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

/** Whether the server has come less far than it, or the one it stands in for, had before. */
export function isBehind(now: Commits, before: Commits | undefined): boolean {
  return before !== undefined && before.system === now.system && now.next < before.next;
}
