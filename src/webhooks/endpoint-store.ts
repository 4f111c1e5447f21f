import { minutes, seconds } from '../kit/clock.ts';
import type { Database, Prisma } from '../kit/database/database.ts';
import { type Edit, requireVersion } from '../kit/versions.ts';
import { fanOutLock } from './fan-out-store.ts';

export type EndpointRow = Prisma.WebhookEndpointModel;

export interface NewEndpointRow {
  readonly id: string;
  readonly url: string;
  readonly description: string | null;
  readonly events: string[];
  readonly enabled: boolean;
  /** Sealed. */
  readonly secrets: Uint8Array<ArrayBuffer>;
  readonly managedBy?: string | null;
}

export interface EndpointRowChange extends Partial<Omit<NewEndpointRow, 'id'>> {
  readonly rotatedUntil?: Date;
  readonly failures?: number;
  readonly failingSince?: null;
  readonly pausedUntil?: null;
}

export interface EndpointStore {
  insert(row: NewEndpointRow): Promise<EndpointRow>;
  find(id: string): Promise<EndpointRow | undefined>;
  /** Returns endpoints by creation time. */
  list(limit: number, afterId: string | undefined): Promise<readonly EndpointRow[]>;
  /** Returns the endpoint before and after; undefined if it does not exist. @throws StaleVersion */
  change(
    id: string,
    change: EndpointRowChange | ((before: EndpointRow) => EndpointRowChange),
    edit?: Edit,
  ): Promise<{ readonly before: EndpointRow; readonly after: EndpointRow } | undefined>;
  /** Returns false if it did not exist. @throws StaleVersion */
  remove(id: string, edit?: Edit): Promise<boolean>;
  /** Returns the number of pending deliveries of these endpoints; only those with any. */
  pendingOf(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** The timeouts of a removal, which waits for the fan-out. */
const timeouts = { timeout: minutes(1), maxWait: seconds(5) };

export function createEndpointStore({ prisma, pool }: Database): EndpointStore {
  const find: EndpointStore['find'] = async (id) =>
    (await prisma.webhookEndpoint.findUnique({ where: { id } })) ?? undefined;

  return {
    insert: (row) => prisma.webhookEndpoint.create({ data: row }),
    find,
    list: (limit, afterId) =>
      prisma.webhookEndpoint.findMany({
        take: limit,
        orderBy: { id: 'asc' },
        ...(afterId !== undefined && { where: { id: { gt: afterId } } }),
      }),
    change: (id, change, edit = {}) =>
      prisma.$transaction(async (transaction) => {
        // The lock orders concurrent changes.
        await transaction.$queryRaw`SELECT id FROM webhook_endpoint WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.webhookEndpoint.findUnique({ where: { id } });
        if (!before) return undefined;
        requireVersion(before.version, edit);
        const { managedBy = before.managedBy } = edit;
        const fields = typeof change === 'function' ? change(before) : change;
        const data = { ...fields, managedBy, version: before.version + 1 };
        return { before, after: await transaction.webhookEndpoint.update({ where: { id }, data }) };
      }),
    remove: (id, edit = {}) =>
      prisma.$transaction(async (transaction) => {
        // The fan-out inserts deliveries for the endpoint, and would deadlock with its removal.
        await transaction.$queryRawUnsafe(`SELECT pg_advisory_xact_lock(${fanOutLock})::text`);
        await transaction.$queryRaw`SELECT id FROM webhook_endpoint WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.webhookEndpoint.findUnique({ where: { id } });
        if (before) requireVersion(before.version, edit);
        return (await transaction.webhookEndpoint.deleteMany({ where: { id } })).count > 0;
      }, timeouts),
    async pendingOf(ids) {
      const { rows } = await pool.query<{ id: string; pending: number }>(
        `SELECT endpoint_id AS id, sum(pending)::int AS pending FROM webhook_lane
         WHERE endpoint_id = ANY($1) AND pending > 0 GROUP BY endpoint_id`,
        [ids],
      );
      return new Map(rows.map(({ id, pending }) => [id, pending]));
    },
  };
}
