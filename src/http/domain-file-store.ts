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
  /** Returns false if another connection has a file of this name, unless it is the one to take the name from. */
  put(file: DomainFile, takenFrom?: string): Promise<boolean>;
  /** Returns false if the connection has no such file. */
  remove(connectionId: string, name: string): Promise<boolean>;
}

export function createDomainFileStore({ prisma, pool }: Pick<Database, 'prisma' | 'pool'>): DomainFileStore {
  return {
    find: async (name) => (await prisma.domainFile.findUnique({ where: { name } })) ?? undefined,
    ofConnection: (connectionId) =>
      prisma.domainFile.findMany({ where: { connectionId }, orderBy: { name: 'asc' } }),
    async put({ name, connectionId, content }, takenFrom = connectionId) {
      // One statement: two connections may ask for the same name at once.
      const { rowCount } = await pool.query(
        `INSERT INTO domain_file AS known (name, connection_id, content) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET connection_id = excluded.connection_id, content = excluded.content
         WHERE known.connection_id IN ($2, $4)`,
        [name, connectionId, content, takenFrom],
      );
      return rowCount === 1;
    },
    async remove(connectionId, name) {
      const { count } = await prisma.domainFile.deleteMany({ where: { connectionId, name } });
      return count > 0;
    },
  };
}
