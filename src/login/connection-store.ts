import { z } from 'zod';
import { minutes, seconds } from '../kit/clock.ts';
import { isUniqueViolation, type Prisma, type PrismaClient, type Transaction } from '../kit/database.ts';

export interface ConnectionRow extends Omit<Prisma.ConnectionModel, 'endpoints' | 'options'> {
  readonly endpoints: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
}

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
  /** False: the alias is taken. */
  insert(row: NewConnectionRow): Promise<boolean>;
  change(id: string, change: ConnectionChange): Promise<void>;
  /** Together with what `before` does, or not at all. */
  remove<T>(id: string, before: (transaction: Transaction) => Promise<T>): Promise<T>;
}

export function createConnectionStore(prisma: PrismaClient): ConnectionStore {
  return {
    all: async () => (await prisma.connection.findMany({ orderBy: { createdAt: 'asc' } })).map(toRow),
    async findByAlias(alias) {
      const found = await prisma.connection.findUnique({ where: { alias } });
      return found ? toRow(found) : undefined;
    },
    async insert(row) {
      try {
        await prisma.connection.create({ data: { ...row, scopes: [...row.scopes] } });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async change(id, { scopes, ...rest }) {
      const data = { ...rest, ...(scopes && { scopes: [...scopes] }) };
      await prisma.$transaction([
        prisma.connection.update({ where: { id }, data }),
        // By the database's clock, which Prisma cannot say.
        prisma.$executeRaw`UPDATE connection SET updated_at = clock_timestamp() WHERE id = ${id}`,
      ]);
    },
    remove: (id, before) =>
      prisma.$transaction(
        async (transaction) => {
          // Whoever links with it from here on waits, and then finds it gone.
          await transaction.$queryRaw`SELECT id FROM connection WHERE id = ${id} FOR UPDATE`;
          const result = await before(transaction);
          await transaction.connection.deleteMany({ where: { id } });
          return result;
        },
        { timeout: minutes(2), maxWait: seconds(5) },
      ),
  };
}

const texts = z.record(z.string(), z.string());

function toRow(model: Prisma.ConnectionModel): ConnectionRow {
  return { ...model, endpoints: texts.parse(model.endpoints), options: texts.parse(model.options) };
}
