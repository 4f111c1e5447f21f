import { z } from 'zod';
import type { Finding } from '../connectors/check/finding.ts';
import { isForeignKeyViolation, type PrismaClient } from '../kit/database/database.ts';

/** The result of the last check of a connection. */
export interface LastCheck {
  readonly at: Date;
  /** The version of the connection that was checked. */
  readonly version: number;
  readonly checks: readonly StoredFinding[];
}

/** A later version may know further checks. */
type StoredFinding = Omit<Finding, 'check'> & { readonly check: string };

export interface ConnectionCheckStore {
  /** Stores the result of a check, unless a later version was checked meanwhile. A connection that is gone has none. */
  noteCheck(of: { readonly id: string; readonly version: number }, checks: readonly Finding[]): Promise<void>;
  /** Returns the last check of each of these connections that has been checked. */
  lastChecks(ids: readonly string[]): Promise<ReadonlyMap<string, LastCheck>>;
}

const stored = z.array(
  z.object({ check: z.string(), verdict: z.enum(['ok', 'to-fix', 'not-tried']), detail: z.string() }),
);

export function createConnectionCheckStore(prisma: PrismaClient): ConnectionCheckStore {
  return {
    async noteCheck({ id, version }, checks) {
      await prisma.$executeRaw`INSERT INTO connection_check (connection_id, version, checks)
        SELECT id, ${version}::int, ${JSON.stringify(checks)}::jsonb FROM connection WHERE id = ${id}
        ON CONFLICT (connection_id)
        DO UPDATE SET version = excluded.version, checks = excluded.checks, at = CURRENT_TIMESTAMP
        WHERE connection_check.version <= excluded.version`.catch((error: unknown) => {
        // The connection has just been removed.
        if (!isForeignKeyViolation(error)) throw error;
      });
    },
    async lastChecks(ids) {
      const rows = await prisma.connectionCheck.findMany({ where: { connectionId: { in: [...ids] } } });
      return new Map(
        rows.map(({ connectionId, at, version, checks }) => [
          connectionId,
          { at, version, checks: stored.parse(checks) },
        ]),
      );
    },
  };
}
