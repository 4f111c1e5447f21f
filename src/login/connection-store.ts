import { z } from 'zod';
import { minutes, seconds } from '../kit/clock.ts';
import { type Database, isUniqueViolation, Prisma, type Transaction } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import { type GivenText, givenText } from '../kit/localized.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import { type Edit, requireVersion } from '../kit/versions.ts';
import { type ApiDescriptionStore, createApiDescriptionStore } from './api-description-store.ts';
import { byAlias, type FoundConnection } from './connection-by-alias-store.ts';
import { type ConnectionCheckStore, createConnectionCheckStore } from './connection-check-store.ts';
import { inOrder } from './connection-order.ts';

const texts = z.record(z.string(), z.string());
const addresses = z.object({ endpoints: texts, options: texts });

/** The channel by which a process tells the others that a connection was made, changed or removed. */
export const connectionChannel = 'symbolon_connection';

export interface ConnectionRow
  extends Omit<Prisma.ConnectionModel, 'endpoints' | 'options' | 'unmarkedFrom' | 'displayName' | 'logo'> {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** The addresses of token sets without origins. Undefined: the present ones. */
  readonly unmarkedFrom: Addresses | undefined;
  readonly displayName: GivenText | null;
  readonly hasLogo: boolean;
  readonly hasApiDescription: boolean;
}

/** The columns that decide the addresses of a connection. */
export type Addresses = z.infer<typeof addresses>;

export interface NewConnectionRow {
  readonly id: string;
  readonly alias: string;
  readonly provider: string;
  readonly clientId: string;
  readonly clientSecret: Uint8Array<ArrayBuffer> | null;
  readonly scopes: readonly string[];
  readonly endpoints: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly optionSecrets: Uint8Array<ArrayBuffer> | null;
  readonly enabled: boolean;
  readonly purpose: string;
  readonly displayName: GivenText | null;
  readonly hidden: boolean;
  readonly position: number | null;
  readonly logo: Uint8Array<ArrayBuffer> | null;
  readonly apiDescription: string | null;
  readonly managedBy: string | null;
}

export type ConnectionChange = Partial<Omit<NewConnectionRow, 'id' | 'alias' | 'provider' | 'managedBy'>>;

export interface ConnectionStore extends ConnectionCheckStore, Pick<ApiDescriptionStore, 'apiDescriptionOf'> {
  all(): Promise<readonly ConnectionRow[]>;
  findByAlias(alias: string): Promise<ConnectionRow | undefined>;
  logoOf(alias: string): Promise<{ readonly bytes: Uint8Array; readonly version: number } | undefined>;
  /** Returns false if the alias is taken. */
  insert(row: NewConnectionRow): Promise<boolean>;
  /** Updates the row and runs `andThen` in one transaction. @throws StaleVersion */
  change<T>(
    id: string,
    change: ConnectionChange,
    andThen: (transaction: Transaction) => Promise<T>,
    edit?: Edit,
  ): Promise<T>;
  /** Gives the connections their places. Those that are not named get none. Returns false if the order is not the seen one. */
  reorder(aliases: readonly string[], seen?: readonly string[]): Promise<boolean>;
  /**
   * Locks the row, so that a concurrent transaction that links an identity waits. @throws Problem not_found if it is gone;
   * StaleVersion
   */
  lock(transaction: Transaction, id: string, edit?: Edit): Promise<void>;
  /** Deletes the row. */
  remove(transaction: Transaction, id: string): Promise<void>;
}

/** The timeouts of these transactions: thousands of rows may refer to a connection. */
const timeouts = { timeout: minutes(2), maxWait: seconds(5) };

/**
 * The sealed columns are left out: each opens only in its own row, and a change of keys writes them anew. `enabled` is left
 * out, since `symbolon keys abandon` disables connections whose key may be lost.
 */
export const taggedConnections = {
  name: 'connection',
  version: 1,
  key: ['id'],
  columns: {
    id: 'id',
    alias: 'alias',
    provider: 'provider',
    clientId: 'client_id',
    scopes: 'scopes',
    endpoints: 'endpoints',
    options: 'options',
    purpose: 'purpose',
    unmarkedFrom: 'unmarked_from',
  },
} as const satisfies TaggedTable<string>;

export function createConnectionStore(
  { prisma, pool }: Pick<Database, 'prisma' | 'pool'>,
  tags: RowTags,
): ConnectionStore {
  const believed = (row: Omit<Prisma.ConnectionModel, 'logo'>) => tags.believes(taggedConnections, row);
  const documents = createApiDescriptionStore(prisma, tags);
  const inTransaction = <T>(work: (transaction: Transaction) => Promise<T>) =>
    withoutRequestTimeout(() => prisma.$transaction(work, timeouts));

  return {
    ...createConnectionCheckStore(prisma),
    apiDescriptionOf: documents.apiDescriptionOf,
    async all() {
      // Processes read all connections every few seconds, so pictures and documents stay where they are.
      const [rows, pictured, withDocument] = await Promise.all([
        prisma.connection.findMany({ omit: { logo: true }, orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] }),
        prisma.connection.findMany({ where: { logo: { not: null } }, select: { id: true } }),
        documents.ids(),
      ]);
      const withLogo = new Set(pictured.map(({ id }) => id));
      return rows
        .filter(believed)
        .map((row) =>
          toRow(row, { hasLogo: withLogo.has(row.id), hasApiDescription: withDocument.has(row.id) }),
        );
    },
    async findByAlias(alias) {
      const { rows } = await pool.query<FoundConnection>({ ...byAlias, values: [alias] });
      const [row] = rows;
      return row && believed(row) ? toRow(row, row) : undefined;
    },
    async logoOf(alias) {
      const select = { logo: true, version: true };
      const found = await prisma.connection.findUnique({ where: { alias }, select });
      return found?.logo ? { bytes: found.logo, version: found.version } : undefined;
    },
    async insert({ displayName, apiDescription, ...row }) {
      try {
        await prisma.$transaction([
          prisma.connection.create({
            data: {
              ...row,
              ...jsonOf(displayName),
              scopes: [...row.scopes],
              tag: tags.tag(taggedConnections, { ...row, unmarkedFrom: null }),
              ...(apiDescription !== null && {
                apiDescription: { create: documents.columnsOf(row.id, apiDescription) },
              }),
            },
          }),
          prisma.$executeRaw`SELECT pg_notify(${connectionChannel}, '')`,
        ]);
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    change: (id, { scopes, displayName, apiDescription, ...rest }, andThen, edit = {}) =>
      inTransaction(async (transaction) => {
        const data = { ...rest, ...jsonOf(displayName), ...(scopes && { scopes: [...scopes] }) };
        // The lock orders concurrent changes, so that the tag is the one of the row that stays.
        await transaction.$queryRaw`SELECT id FROM connection WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.connection.findUnique({ where: { id } });
        if (!before || !believed(before)) throw new Problem('not_found');
        requireVersion(before.version, edit);
        // A process of the version before may have made the connection, and stored token sets without origins.
        const moves = rest.endpoints !== undefined || rest.options !== undefined;
        const { endpoints, options } = toRow(before, { hasLogo: false, hasApiDescription: false });
        const unmarkedFrom = moves && before.unmarkedFrom === null ? { endpoints, options } : undefined;
        const changed = { ...data, ...(unmarkedFrom && { unmarkedFrom }) };
        const tag = tags.tag(taggedConnections, { ...before, ...changed });
        const { managedBy } = edit;
        const kept = managedBy === undefined ? {} : { managedBy };
        const version = before.version + 1;
        await transaction.connection.update({ where: { id }, data: { ...changed, ...kept, version, tag } });
        // The time is the database's, which Prisma cannot express.
        await transaction.$executeRaw`UPDATE connection SET updated_at = clock_timestamp() WHERE id = ${id}`;
        if (apiDescription !== undefined) await documents.replace(transaction, id, apiDescription);
        await notifyOfChange(transaction);
        return await andThen(transaction);
      }),
    reorder: (aliases, seen) =>
      inTransaction(async (transaction) => {
        await transaction.$queryRaw`SELECT id FROM connection ORDER BY id FOR UPDATE`;
        const present = await transaction.connection.findMany({
          select: { alias: true, position: true },
          orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
        });
        const order = inOrder(present.filter(({ alias }) => seen?.includes(alias)));
        if (order.some(({ alias }, index) => alias !== seen?.[index])) return false;
        await transaction.$executeRaw`WITH wanted AS (
            SELECT alias, (place - 1)::int AS place
            FROM unnest(${[...aliases]}::text[]) WITH ORDINALITY AS given(alias, place)),
          placed AS (SELECT id, place FROM connection LEFT JOIN wanted USING (alias))
          UPDATE connection c SET position = place, version = version + 1, updated_at = clock_timestamp()
          FROM placed WHERE placed.id = c.id AND position IS DISTINCT FROM place`;
        await notifyOfChange(transaction);
        return true;
      }),
    async lock(transaction, id, edit = {}) {
      await transaction.$queryRaw`SELECT id FROM connection WHERE id = ${id} FOR UPDATE`;
      const found = await transaction.connection.findUnique({ where: { id }, select: { version: true } });
      if (!found) throw new Problem('not_found');
      requireVersion(found.version, edit);
    },
    async remove(transaction, id) {
      await transaction.connection.deleteMany({ where: { id } });
      await notifyOfChange(transaction);
    },
  };
}

/** Sends a notification that every process receives when the transaction commits, and not before. */
async function notifyOfChange(transaction: Transaction): Promise<void> {
  await transaction.$executeRaw`SELECT pg_notify(${connectionChannel}, '')`;
}

/** Prisma has a value of its own for NULL in a column of JSON. */
function jsonOf(displayName: GivenText | null | undefined) {
  if (displayName === undefined) return {};
  return { displayName: displayName === null ? Prisma.DbNull : { ...displayName } };
}

function toRow(
  model: Omit<Prisma.ConnectionModel, 'logo'>,
  beside: Pick<ConnectionRow, 'hasLogo' | 'hasApiDescription'>,
): ConnectionRow {
  return {
    ...model,
    ...beside,
    displayName: givenText(1000).nullable().parse(model.displayName),
    endpoints: texts.parse(model.endpoints),
    options: texts.parse(model.options),
    unmarkedFrom: addresses.nullable().parse(model.unmarkedFrom) ?? undefined,
  };
}
