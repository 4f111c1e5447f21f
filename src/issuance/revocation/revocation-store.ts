import { createBatchedLookup } from '../../kit/database/batched-lookup.ts';
import type { Database, Transaction } from '../../kit/database/database.ts';
import { inBatches } from '../../kit/database/in-batches.ts';
import { type Revocation, type RevocationKind, revocationSchema } from './revocation.ts';

export interface RevocationStore {
  /** Inserts the revocation and notifies every process. */
  put(revocation: Revocation): Promise<void>;
  /** Inserts several revocations with the times they carry. */
  putAll(revocations: readonly Revocation[]): Promise<void>;
  /** Returns the revocations that have not expired; with `since`, only those revoked later. */
  unexpired(now: Date, since?: Date): Promise<readonly Revocation[]>;
  /** Inserts them with a transaction of another store. They are notified when it commits. */
  putAllIn(transaction: Transaction, revocations: readonly Revocation[]): Promise<void>;
  of(names: readonly RevocationName[]): Promise<readonly Revocation[]>;
  prune(now: Date): Promise<void>;
}

export interface RevocationName {
  readonly kind: RevocationKind;
  readonly value: string;
}

export const revocationChannel = 'symbolon_revocation';

// One statement, so that no process is notified of a revocation that was not stored.
const putAndNotify = `
  WITH put AS (
    INSERT INTO revocation (kind, value, at, until)
    SELECT * FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[])
    ON CONFLICT (kind, value) DO UPDATE
      SET at = greatest(revocation.at, excluded.at), until = greatest(revocation.until, excluded.until)
    RETURNING kind, value, at, until
  )
  SELECT pg_notify('${revocationChannel}', to_json(put)::text) FROM put`;

const ofNames = `SELECT kind, value, at, until FROM revocation
  WHERE (kind, value) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;

// A revocation that is made anew meanwhile has to stay.
const pruneStatement = `DELETE FROM revocation WHERE until <= $1 AND (kind, value) IN
  (SELECT kind, value FROM revocation WHERE until <= $1 ORDER BY until LIMIT $2)`;

const batch = 5_000;

export function createRevocationStore({ prisma, pool }: Database): RevocationStore {
  // Concurrent lookups share one statement.
  const findBatched = createBatchedLookup(async (names) => {
    const kinds = names.map((name) => name.slice(0, name.indexOf(' ')));
    const values = names.map((name) => name.slice(name.indexOf(' ') + 1));
    const { rows } = await pool.query({ name: 'revocations-of', text: ofNames, values: [kinds, values] });
    const found = rows.map((row) => revocationSchema.parse(row));
    return new Map(found.map((revocation) => [`${revocation.kind} ${revocation.value}`, revocation]));
  });

  const columnsOf = (all: readonly Revocation[]) => [
    all.map(({ kind }) => kind),
    all.map(({ value }) => value),
    all.map(({ at }) => at.toISOString()),
    all.map(({ until }) => until.toISOString()),
  ];
  const putAll = async (all: readonly Revocation[]) => {
    await pool.query(putAndNotify, columnsOf(all));
  };

  return {
    put: (revocation) => putAll([revocation]),
    putAll,
    async putAllIn(transaction, all) {
      await transaction.$executeRawUnsafe(putAndNotify, ...columnsOf(all));
    },
    async unexpired(now, since) {
      const recent = since ? { at: { gt: since } } : {};
      const rows = await prisma.revocation.findMany({ where: { until: { gt: now }, ...recent } });
      return rows.flatMap((row) => revocationSchema.safeParse(row).data ?? []);
    },
    async of(names) {
      const known = await Promise.all(names.map(({ kind, value }) => findBatched(`${kind} ${value}`)));
      return known.filter((revocation) => revocation !== undefined);
    },
    async prune(now) {
      await inBatches(batch, async (size) => (await pool.query(pruneStatement, [now, size])).rowCount ?? 0);
    },
  };
}
