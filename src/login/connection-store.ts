import { z } from 'zod';
import { minutes, seconds } from '../kit/clock.ts';
import {
  isUniqueViolation,
  type Prisma,
  type PrismaClient,
  type Transaction,
} from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import { Problem } from '../kit/problem.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';

const texts = z.record(z.string(), z.string());
const addresses = z.object({ endpoints: texts, options: texts });

/** The channel by which a process tells the others that a connection was made, changed or removed. */
export const connectionChannel = 'symbolon_connection';

export interface ConnectionRow
  extends Omit<Prisma.ConnectionModel, 'endpoints' | 'options' | 'unmarkedFrom'> {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  /** The addresses of token sets without origins. Undefined: the present ones. */
  readonly unmarkedFrom: Addresses | undefined;
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
}

export type ConnectionChange = Partial<Omit<NewConnectionRow, 'id' | 'alias' | 'provider'>>;

export interface ConnectionStore {
  all(): Promise<readonly ConnectionRow[]>;
  findByAlias(alias: string): Promise<ConnectionRow | undefined>;
  /** Returns false if the alias is taken. */
  insert(row: NewConnectionRow): Promise<boolean>;
  /** Updates the row and runs `andThen` in one transaction. */
  change<T>(
    id: string,
    change: ConnectionChange,
    andThen: (transaction: Transaction) => Promise<T>,
  ): Promise<T>;
  /** Locks the row, so that a concurrent transaction that links an identity waits. */
  lock(transaction: Transaction, id: string): Promise<void>;
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

export function createConnectionStore(prisma: PrismaClient, tags: RowTags): ConnectionStore {
  const believed = (row: Prisma.ConnectionModel) => tags.believes(taggedConnections, row);
  const inTransaction = <T>(work: (transaction: Transaction) => Promise<T>) =>
    withoutRequestTimeout(() => prisma.$transaction(work, timeouts));

  return {
    async all() {
      const rows = await prisma.connection.findMany({ orderBy: [{ createdAt: 'asc' }, { id: 'asc' }] });
      return rows.filter(believed).map(toRow);
    },
    async findByAlias(alias) {
      const found = await prisma.connection.findUnique({ where: { alias } });
      return found && believed(found) ? toRow(found) : undefined;
    },
    async insert(row) {
      try {
        await prisma.$transaction([
          prisma.connection.create({
            data: {
              ...row,
              scopes: [...row.scopes],
              tag: tags.tag(taggedConnections, { ...row, unmarkedFrom: null }),
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
    change: (id, { scopes, ...rest }, andThen) =>
      inTransaction(async (transaction) => {
        const data = { ...rest, ...(scopes && { scopes: [...scopes] }) };
        // The lock orders concurrent changes, so that the tag is the one of the row that stays.
        await transaction.$queryRaw`SELECT id FROM connection WHERE id = ${id} FOR UPDATE`;
        const before = await transaction.connection.findUniqueOrThrow({ where: { id } });
        if (!believed(before)) throw new Problem('not_found');
        // A process of the version before may have made the connection, and stored token sets without origins.
        const moves = rest.endpoints !== undefined || rest.options !== undefined;
        const { endpoints, options } = toRow(before);
        const unmarkedFrom = moves && before.unmarkedFrom === null ? { endpoints, options } : undefined;
        const changed = { ...data, ...(unmarkedFrom && { unmarkedFrom }) };
        const tag = tags.tag(taggedConnections, { ...before, ...changed });
        await transaction.connection.update({ where: { id }, data: { ...changed, tag } });
        // The time is the database's, which Prisma cannot express.
        await transaction.$executeRaw`UPDATE connection SET updated_at = clock_timestamp() WHERE id = ${id}`;
        await notifyOfChange(transaction);
        return await andThen(transaction);
      }),
    async lock(transaction, id) {
      await transaction.$queryRaw`SELECT id FROM connection WHERE id = ${id} FOR UPDATE`;
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

function toRow(model: Prisma.ConnectionModel): ConnectionRow {
  return {
    ...model,
    endpoints: texts.parse(model.endpoints),
    options: texts.parse(model.options),
    unmarkedFrom: addresses.nullable().parse(model.unmarkedFrom) ?? undefined,
  };
}
