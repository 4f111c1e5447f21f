import type pg from 'pg';
import { firstIdAt, timeOfBound } from '../ids.ts';
import type { Position } from './seal-store.ts';

/** A partition of the audit by the time in the ids. */
export interface Week {
  /** The name of the table, quoted. */
  readonly table: string;
  /** Its events have this id or a later one; undefined: it is the first partition. */
  readonly low: string | undefined;
  /** Its events have an earlier id. */
  readonly high: string;
}

/** The statements of the owner on single weeks. Each transaction is short, so that no reader of the feed waits for it. */
export interface WeekStore {
  /** Returns whether this role may remove events. */
  mayRemove(): Promise<boolean>;
  /** Returns the weeks, the oldest first. */
  weeks(): Promise<readonly Week[]>;
  /** Returns the last position in the feed, and the latest time; undefined: it is empty. */
  end(week: Week): Promise<(Position & { readonly at: Date }) | undefined>;
  hasAny(week: Week, types: readonly string[]): Promise<boolean>;
  /** Returns those of the ids that the week has; of these types only, if they are given. */
  idsIn(week: Week, ids: readonly string[], types: readonly string[] | undefined): Promise<readonly string[]>;
  /** Returns the ids that none of our processes has made. */
  oddIds(week: Week): Promise<readonly string[]>;
  /** Drops what an interrupted run has left: copies, and weeks that are out of the audit already. */
  dropLeftovers(): Promise<void>;
  /** Copies the events but those of the types into a table beside the week. Returns its name. */
  copyWithout(week: Week, types: readonly string[]): Promise<string>;
  /** Returns the first id after `last` in the default partition that one of our processes made before this time. */
  firstStray(last: string, before: Date): Promise<string | undefined>;
  /** Gives a week its partition, and moves its events there, unless another partition has a part of the week. */
  addPast(week: Omit<Week, 'table'>, lockTimeout: number): Promise<void>;
  /** Puts the copy in the place of the week; undefined: takes the week out. @throws when a lock is not free in time */
  replace(week: Week, copy: string | undefined, lockTimeout: number): Promise<void>;
}

const rowsAtOnce = 10_000;
const ours = `id ~ '^evt_[0-7][0-9a-hjkmnp-tv-z]{25}$'`;

export function createWeekStore(client: Pick<pg.ClientBase, 'query'>): WeekStore {
  const rowsOf = async <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(text, [...values])).rows;
  const namesOf = async (text: string, values: readonly unknown[] = []) =>
    (await rowsOf<{ name: string }>(text, values)).map(({ name }) => name);

  async function weeks(): Promise<readonly Week[]> {
    const text = `SELECT c.oid::regclass::text AS table, substring(bound FROM $x$FROM \\('(.*)'\\) TO$x$) AS low,
        substring(bound FROM $x$TO \\('(.*)'\\)$x$) AS high
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid, LATERAL pg_get_expr(c.relpartbound, c.oid) AS bound
      WHERE i.inhparent = 'audit_event'::regclass AND bound <> 'DEFAULT' ORDER BY high`;
    const found = await rowsOf<{ table: string; low: string | null; high: string }>(text);
    return found.map(({ low, ...week }) => ({ ...week, low: low ?? undefined }));
  }

  return {
    async mayRemove() {
      const text = `SELECT pg_has_role(relowner, 'USAGE') AS may FROM pg_class WHERE oid = 'audit_event'::regclass`;
      return (await rowsOf<{ may: boolean }>(text))[0]?.may ?? false;
    },
    weeks,
    async end({ table }) {
      const text = `SELECT tx::text, id, (SELECT max(at) FROM ${table}) AS at FROM ${table} e ORDER BY e.tx DESC, id DESC LIMIT 1`;
      return (await rowsOf<Position & { at: Date }>(text))[0];
    },
    async hasAny({ table }, types) {
      const text = `SELECT 1 FROM ${table} WHERE type = ANY ($1) AND ${ours} LIMIT 1`;
      return (await rowsOf(text, [types])).length > 0;
    },
    idsIn: ({ table }, ids, types) =>
      namesOf(
        `SELECT id AS name FROM ${table} WHERE id = ANY ($1) AND ($2::text[] IS NULL OR type = ANY ($2) AND ${ours})`,
        [ids, types ?? null],
      ),
    oddIds: ({ table }) => namesOf(`SELECT id AS name FROM ${table} WHERE NOT (${ours})`),
    async dropLeftovers() {
      const text = `SELECT oid::regclass::text AS name FROM pg_class WHERE relkind = 'r' AND NOT relispartition
        AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'audit_event'::regclass)
        AND relname ~ '^audit_event_(first|[0-9_]{10})_(kept|gone)$'`;
      for (const name of await namesOf(text)) await client.query(`DROP TABLE ${name}`);
    },
    async copyWithout(week, types) {
      const copy = named(week, 'kept');
      const low = week.low === undefined ? '' : `id >= '${week.low}' AND `;
      await client.query(
        `CREATE TABLE ${copy} (LIKE audit_event INCLUDING ALL, CONSTRAINT audit_week CHECK (${low}id < '${week.high}'))`,
      );
      const grantees = `SELECT DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END AS name
        FROM pg_class c, aclexplode(c.relacl) WHERE c.oid = '${copy}'::regclass AND grantee <> relowner`;
      for (const role of await namesOf(grantees))
        await client.query(`REVOKE ALL ON TABLE ${copy} FROM ${role}`);
      const [columns] = await namesOf(`SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS name
        FROM pg_attribute WHERE attrelid = 'audit_event'::regclass AND attnum > 0 AND NOT attisdropped`);
      const batch = `WITH page AS (SELECT ${columns} FROM ${week.table} WHERE id > $1 ORDER BY id LIMIT ${rowsAtOnce}),
          kept AS (INSERT INTO ${copy} (${columns}) SELECT ${columns} FROM page WHERE type <> ALL ($2) OR NOT (${ours}))
        SELECT max(id) AS last FROM page`;
      for (let after: string | null = ''; after !== null; )
        after = (await rowsOf<{ last: string | null }>(batch, [after, types]))[0]?.last ?? null;
      await client.query(`ANALYZE ${copy}`);
      return copy;
    },
    async firstStray(last, before) {
      const text = `SELECT min(id) AS name FROM audit_event_default WHERE id > $1 AND id < $2 AND ${ours}`;
      const [{ name } = { name: null }] = await rowsOf<{ name: string | null }>(text, [
        last,
        firstIdAt('evt', before),
      ]);
      return name ?? undefined;
    },
    async addPast({ low = '', high }, lockTimeout) {
      await client.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
      // The order in which ATTACH takes them.
      await client.query('LOCK TABLE ONLY audit_event IN SHARE UPDATE EXCLUSIVE MODE');
      await client.query('LOCK TABLE audit_event_default IN ACCESS EXCLUSIVE MODE');
      const isApart = (other: Week) => (other.low ?? '') >= high || other.high <= low;
      if (!(await weeks()).every(isApart)) return;
      const day = timeOfBound('evt', low)?.toISOString().slice(0, 10).replaceAll('-', '_');
      const table = `audit_event_${day}`;
      await client.query(`CREATE TABLE ${table} (LIKE audit_event INCLUDING ALL)`);
      await client.query(
        `WITH moved AS (DELETE FROM audit_event_default WHERE id >= '${low}' AND id < '${high}' RETURNING *)
         INSERT INTO ${table} SELECT * FROM moved`,
      );
      const bounds = `FROM ('${low}') TO ('${high}')`;
      await client.query(`ALTER TABLE audit_event ATTACH PARTITION ${table} FOR VALUES ${bounds}`);
    },
    async replace(week, copy, lockTimeout) {
      const { table, low, high } = week;
      const gone = named(week, 'gone');
      await client.query(`SET LOCAL lock_timeout = ${lockTimeout}`);
      await client.query('LOCK TABLE ONLY audit_event IN ACCESS EXCLUSIVE MODE');
      await client.query(`ALTER TABLE audit_event DETACH PARTITION ${table}`);
      await client.query(`ALTER TABLE ${table} RENAME TO ${gone}`);
      if (copy === undefined) return;
      const bounds = `FROM (${low === undefined ? 'MINVALUE' : `'${low}'`}) TO ('${high}')`;
      await client.query(`ALTER TABLE ${copy} RENAME TO ${table}`);
      await client.query(`ALTER TABLE audit_event ATTACH PARTITION ${table} FOR VALUES ${bounds}`);
      await client.query(`ALTER TABLE ${table} DROP CONSTRAINT audit_week`);
    },
  };
}

/** The names are ours, and need no quotation marks. */
function named({ table }: Week, what: 'kept' | 'gone'): string {
  if (!/^audit_event_\w+$/.test(table)) throw new Error(`${table} is no week of the audit`);
  return `${table}_${what}`;
}
