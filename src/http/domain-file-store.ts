import type { Database } from '../kit/database/database.ts';

/** A file that a provider fetches from the root of the site to verify the domain. */
export interface DomainFile {
  readonly name: string;
  readonly connectionId: string;
  readonly content: string;
}

export interface DomainFileStore {
  find(name: string): Promise<DomainFile | undefined>;
  ofConnection(connectionId: string): Promise<readonly DomainFile[]>;
  put(file: DomainFile): Promise<void>;
  /** Returns false if the connection has no such file. */
  remove(connectionId: string, name: string): Promise<boolean>;
}

export function createDomainFileStore({ prisma }: Database): DomainFileStore {
  return {
    find: async (name) => (await prisma.domainFile.findUnique({ where: { name } })) ?? undefined,
    ofConnection: (connectionId) =>
      prisma.domainFile.findMany({ where: { connectionId }, orderBy: { name: 'asc' } }),
    async put({ name, ...fields }) {
      await prisma.domainFile.upsert({ where: { name }, create: { name, ...fields }, update: fields });
    },
    async remove(connectionId, name) {
      const { count } = await prisma.domainFile.deleteMany({ where: { connectionId, name } });
      return count > 0;
    },
  };
}
