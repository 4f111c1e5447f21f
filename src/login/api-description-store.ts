import type { PrismaClient, Transaction } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';

/** The OpenAPI documents of operators, reduced to their operations. */
export interface ApiDescriptionStore {
  /** Returns the connections that have a document. */
  ids(): Promise<ReadonlySet<string>>;
  apiDescriptionOf(connectionId: string): Promise<string | undefined>;
  /** Returns the columns of a document beside its key. */
  columnsOf(connectionId: string, document: string): Columns;
  /** Null: the connection has none from now on. */
  replace(transaction: Transaction, connectionId: string, document: string | null): Promise<void>;
}

interface Columns {
  readonly document: string;
  readonly tag: Uint8Array<ArrayBuffer>;
}

export const taggedApiDescriptions = {
  name: 'connection_openapi',
  version: 1,
  key: ['connectionId'],
  columns: { connectionId: 'connection_id', document: 'document' },
} as const satisfies TaggedTable<string>;

export function createApiDescriptionStore(prisma: PrismaClient, tags: RowTags): ApiDescriptionStore {
  const columnsOf: ApiDescriptionStore['columnsOf'] = (connectionId, document) => ({
    document,
    tag: tags.tag(taggedApiDescriptions, { connectionId, document }),
  });
  return {
    columnsOf,
    async ids() {
      const rows = await prisma.apiDescription.findMany({ select: { connectionId: true } });
      return new Set(rows.map(({ connectionId }) => connectionId));
    },
    async apiDescriptionOf(connectionId) {
      const found = await prisma.apiDescription.findUnique({ where: { connectionId } });
      return found && tags.believes(taggedApiDescriptions, found) ? found.document : undefined;
    },
    async replace(transaction, connectionId, document) {
      const where = { connectionId };
      if (document === null) {
        await transaction.apiDescription.deleteMany({ where });
        return;
      }
      const update = columnsOf(connectionId, document);
      await transaction.apiDescription.upsert({ where, create: { connectionId, ...update }, update });
    },
  };
}
