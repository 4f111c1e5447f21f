import { createBatchedLookup } from '../../kit/database/batched-lookup.ts';
import type { Database, Transaction } from '../../kit/database/database.ts';
import { inBatches } from '../../kit/database/in-batches.ts';
import { type Revocation, type RevocationKind, revocationSchema } from './revocation.ts';

export interface RevocationStore {
  /** Inserts revocations with the times that they carry, and notifies every process. Returns them as stored. */
  putAll(revocations: readonly NewRevocation[]): Promise<readonly Revocation[]>;
  /** Yields the revocations that were made at or after `since` and have not expired, in pages. */
  unexpired(now: Date, since: Date): AsyncGenerator<readonly FoundRevocation[]>;
  /** Inserts them with a transaction of another store. They are notified when it commits. */
  putAllIn(transaction: Transaction, revocations: readonly NewRevocation[]): Promise<void>;
  of(names: readonly RevocationName[]): Promise<readonly Revocation[]>;
  prune(now: Date): Promise<void>;
}

/** `until` is null where the revocation ends with the longest access token that can have been issued before it. */
export interface NewRevocation extends Omit<Revocation, 'until'> {
  readonly until: Date | null;
}

/** Times in milliseconds since 1970: a page makes no object for each. */
export interface FoundRevocation extends RevocationName {
  readonly at: number;
  readonly until: number;
}

export interface RevocationName {
  readonly kind: RevocationKind;
  readonly value: string;
}

export const revocationChannel = 'symbolon_revocation';

// The end of the longest access token: of those to come by the lifetimes that are set, and of those before a lifetime was
// lowered by `token_end`, which a trigger keeps. An hour more, since clocks differ and another process may not know yet.
const longestToken = `(SELECT interval '1 hour' + greatest(
    now() + make_interval(secs => greatest(3600,
      (SELECT max(access_token_lifetime) FROM app),
      (SELECT max(greatest(access_token_lifetime, browser_access_token_lifetime)) FROM api))),
    (SELECT max(at) FROM token_end)))`;

// One statement, so that no process is notified of a revocation that was not stored.
const putAndNotify = `
  WITH put AS (
    INSERT INTO revocation (kind, value, at, until)
    SELECT kind, value, at, coalesce(until, ${longestToken})
      FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[]) AS given (kind, value, at, until)
    ON CONFLICT (kind, value) DO UPDATE
      SET at = greatest(revocation.at, excluded.at), until = greatest(revocation.until, excluded.until)
    RETURNING kind, value, at, until
  )
  SELECT pg_notify('${revocationChannel}', to_json(put)::text), kind, value, at, until FROM put`;

const ofNames = `SELECT kind, value, at, until FROM revocation
  WHERE (kind, value) IN (SELECT * FROM unnest($1::text[], $2::text[]))`;

// A revocation that is made anew meanwhile has to stay, so the end is compared where the row is locked.
const pruneStatement = `DELETE FROM revocation WHERE ctid = ANY (ARRAY
  (SELECT ctid FROM revocation WHERE until <= $1 ORDER BY until LIMIT $2 FOR UPDATE SKIP LOCKED))`;

const batch = 5_000;

/** Revocations in one page. Reading it takes some milliseconds of the event loop. */
const pageSize = 2_000;

// In the order of time, which is about that of the table's pages: by key, a page of many would be read for each row.
const pageOf = {
  name: 'revocations-page',
  rowMode: 'array',
  text: `SELECT kind, value, extract(epoch FROM at)::float8, extract(epoch FROM until)::float8 FROM revocation
    WHERE until > $1 AND (at, kind, value) > ($2, $3, $4) ORDER BY at, kind, value LIMIT ${pageSize}`,
} as const;

/** Kind, value and the two times, in seconds since 1970. */
type PageRow = [string, string, number, number];

export function createRevocationStore({ pool }: Pick<Database, 'pool'>): RevocationStore {
  // Concurrent lookups share one statement.
  const findBatched = createBatchedLookup(async (names) => {
    const kinds = names.map((name) => name.slice(0, name.indexOf(' ')));
    const values = names.map((name) => name.slice(name.indexOf(' ') + 1));
    const { rows } = await pool.query({ name: 'revocations-of', text: ofNames, values: [kinds, values] });
    const found = rows.map((row) => revocationSchema.parse(row));
    return new Map(found.map((revocation) => [`${revocation.kind} ${revocation.value}`, revocation]));
  });

  const columnsOf = (all: readonly NewRevocation[]) => [
    all.map(({ kind }) => kind),
    all.map(({ value }) => value),
    all.map(({ at }) => at.toISOString()),
    all.map(({ until }) => until?.toISOString() ?? null),
  ];

  return {
    async putAll(all) {
      const { rows } = await pool.query(putAndNotify, columnsOf(all));
      return rows.map((row) => revocationSchema.parse(row));
    },
    async putAllIn(transaction, all) {
      await transaction.$executeRawUnsafe(putAndNotify, ...columnsOf(all));
    },
    async *unexpired(now, since) {
      let after: readonly [Date, string, string] = [since, '', ''];
      for (let isLast = false; !isLast; ) {
        const { rows } = await pool.query<PageRow>({ ...pageOf, values: [now, ...after] });
        yield rows.flatMap(([kind, value, at, until]) => {
          const known = kinds.get(kind);
          return known ? [{ kind: known, value, at: milliseconds(at), until: milliseconds(until) }] : [];
        });
        const last = rows.at(-1);
        isLast = rows.length < pageSize;
        if (last) after = [new Date(milliseconds(last[2])), last[0], last[1]];
      }
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

/** `seconds`: a floating-point number, whose product can lie just below the millisecond that it means. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** A newer version may store a kind that this one does not know, and has issued nothing of. */
const kinds = new Map<string, RevocationKind>(
  revocationSchema.shape.kind.options.map((kind) => [kind, kind]),
);
