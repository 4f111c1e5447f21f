import type pg from 'pg';
import { renumberFeed } from '../events/event-feed-store.ts';
import type { ChainedEvent, Seal } from './seal.ts';

/** A position in the feed: after this event. */
export interface Position {
  readonly tx: string;
  readonly id: string;
}

export interface FeedEvent extends ChainedEvent {
  readonly tx: string;
}

/** The statements on the chain and on the events in its order. */
export interface SealStore {
  /** Runs `work` in a transaction, for one process at a time. Returns undefined while another process has the lock. */
  alone<T>(work: () => Promise<T>): Promise<T | undefined>;
  /** The same, after the other process. */
  afterOthers<T>(work: () => Promise<T>): Promise<T>;
  newest(): Promise<Seal | undefined>;
  /** Returns the first transaction that is not over, and the time. */
  horizon(): Promise<{ tx: string; now: Date }>;
  add(seal: Seal): Promise<void>;
  /** Returns the seals after `seq`. */
  seals(after: bigint, limit: number): Promise<readonly Seal[]>;
  /** Returns the number of the first seal that was closed at this time or later. */
  firstSince(time: Date): Promise<bigint | undefined>;
  /** Returns the last seal of a kind. */
  lastOf(kind: Seal['kind']): Promise<Seal | undefined>;
  /** Returns the seals about removals by policy. */
  removals(): Promise<readonly Seal[]>;
  /** Returns the last seal that says that the feed was renumbered. */
  lastRenumbered(): Promise<Seal | undefined>;
  /** Returns events in the order of the feed: after one position, up to another. */
  between(after: Position, to: Position, limit: number): Promise<readonly FeedEvent[]>;
  byIds(ids: readonly string[]): Promise<readonly FeedEvent[]>;
  /** Returns events by time, the oldest first. */
  since(at: Date, afterId: string, limit: number): Promise<readonly FeedEvent[]>;
  /** Returns the lines of the seals that were closed since. */
  linesSince(time: Date, after: bigint): Promise<{ seq: bigint; lines: Uint8Array } | undefined>;
  renumber(): Promise<void>;
  /** Deletes the events with these ids. */
  removeEvents(ids: readonly string[]): Promise<void>;
  removeSeal(seq: bigint): Promise<void>;
}

type Queryable = Pick<pg.ClientBase, 'query'>;

const columns = `e.id, e.at, e.type, e.user_id AS "userId", e.app_id AS "appId", e.connection, e.identity_id AS "identityId",
  e.request_id AS "requestId", e.actor_kind AS "actorKind", e.actor_id AS "actorId", e.address, e.detail, e.mark,
  e.tx::text AS "tx"`;
// The output column `seq` is text, so that statements sort by `audit_seal.seq`.
const sealColumns = `seq::text, kind, closed_at AS "closedAt", events, lines, end_tx AS "endTx", end_id AS "endId", note,
  prev, hash, key_id AS "keyId", signature`;

interface SealRow extends Omit<Seal, 'seq'> {
  readonly seq: string;
}

const lock = `hashtext('symbolon.audit.seal')`;

const sealOf = ({ seq, ...row }: SealRow): Seal => ({ ...row, seq: BigInt(seq) });

/** `client`: one connection with which the statements of a transaction are sent. */
export function createSealStore(client: Queryable): SealStore {
  const sealsBy = async (rest: string, values: readonly unknown[]): Promise<readonly Seal[]> => {
    const text = `SELECT ${sealColumns} FROM audit_seal ${rest}`;
    return (await client.query<SealRow>(text, [...values])).rows.map(sealOf);
  };
  const eventsBy = async (rest: string, values: readonly unknown[]): Promise<readonly FeedEvent[]> =>
    (await client.query<FeedEvent>(`SELECT ${columns} FROM audit_event e ${rest}`, [...values])).rows;

  async function transaction<T>(work: () => Promise<T>): Promise<T> {
    await client.query('BEGIN ISOLATION LEVEL READ COMMITTED');
    try {
      const result = await work();
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  return {
    alone: (work) =>
      transaction(async () => {
        const { rows } = await client.query<{ locked: boolean }>(
          `SELECT pg_try_advisory_xact_lock(${lock}) AS locked`,
        );
        return rows[0]?.locked ? await work() : undefined;
      }),
    afterOthers: (work) =>
      transaction(async () => {
        await client.query(`SELECT pg_advisory_xact_lock(${lock})`);
        return await work();
      }),
    async newest() {
      const [seal] = await sealsBy('ORDER BY audit_seal.seq DESC LIMIT 1', []);
      return seal;
    },
    async horizon() {
      const text = `SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS tx,
        date_trunc('milliseconds', clock_timestamp()) AS now`;
      const { rows } = await client.query<{ tx: string; now: Date }>(text);
      return rows[0] ?? { tx: '0', now: new Date(0) };
    },
    async add(seal) {
      const { seq, kind, closedAt, events, lines, endTx, endId, note, prev, hash, keyId, signature } = seal;
      const bytes = [prev, hash, signature].map((value) => Buffer.from(value));
      const values = [String(seq), kind, closedAt, events, Buffer.from(lines), endTx, endId];
      await client.query(
        `INSERT INTO audit_seal (seq, kind, closed_at, events, lines, end_tx, end_id, note, prev, hash, signature, key_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
        [...values, JSON.stringify(note), ...bytes, keyId],
      );
    },
    seals: (after, limit) =>
      sealsBy('WHERE seq > $1 ORDER BY audit_seal.seq LIMIT $2', [String(after), limit]),
    async firstSince(time) {
      const text =
        'SELECT seq::text FROM audit_seal WHERE closed_at >= $1 ORDER BY closed_at, audit_seal.seq LIMIT 1';
      const { rows } = await client.query<{ seq: string }>(text, [time]);
      return rows[0] && BigInt(rows[0].seq);
    },
    async lastOf(kind) {
      const [seal] = await sealsBy('WHERE kind = $1 ORDER BY audit_seal.seq DESC LIMIT 1', [kind]);
      return seal;
    },
    removals: () => sealsBy(`WHERE kind IN ('removed', 'truncated') ORDER BY audit_seal.seq`, []),
    async lastRenumbered() {
      const [seal] = await sealsBy(
        `WHERE kind = 'restored' AND note->>'renumbered' = 'true' ORDER BY audit_seal.seq DESC LIMIT 1`,
        [],
      );
      return seal;
    },
    between: (after, to, limit) =>
      eventsBy(
        `WHERE (e.tx, e.id) > ($1::xid8, $2) AND (e.tx, e.id) <= ($3::xid8, $4) ORDER BY e.tx, e.id LIMIT $5`,
        [after.tx, after.id, to.tx, to.id, limit],
      ),
    byIds: (ids) => eventsBy('WHERE e.id = ANY ($1)', [ids]),
    since: (at, afterId, limit) =>
      eventsBy('WHERE (e.at, e.id) > ($1, $2) ORDER BY e.at, e.id LIMIT $3', [at, afterId, limit]),
    async linesSince(time, after) {
      const rest = 'WHERE closed_at >= $1 AND seq > $2 ORDER BY audit_seal.seq LIMIT 1';
      const [seal] = await sealsBy(rest, [time, String(after)]);
      return seal && { seq: seal.seq, lines: seal.lines };
    },
    renumber: () => renumberFeed(client),
    async removeEvents(ids) {
      await client.query('DELETE FROM audit_event WHERE id = ANY ($1)', [ids]);
    },
    async removeSeal(seq) {
      await client.query('DELETE FROM audit_seal WHERE seq = $1', [String(seq)]);
    },
  };
}
