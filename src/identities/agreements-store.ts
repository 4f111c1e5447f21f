import type { Database } from '../kit/database/database.ts';

/** The acceptances of the deployment's agreement, each with its version and time. */
export interface Agreements {
  hasAccepted(userId: string, version: string): Promise<boolean>;
  /** Returns false if the person has accepted this version before. */
  accept(userId: string, version: string, at: Date): Promise<boolean>;
}

export function createAgreements({ prisma }: Pick<Database, 'prisma'>): Agreements {
  return {
    async hasAccepted(userId, version) {
      const where = { userId_version: { userId, version } };
      return (await prisma.agreementAccepted.findUnique({ where })) !== null;
    },
    async accept(userId, version, at) {
      const row = { userId, version, at };
      const { count } = await prisma.agreementAccepted.createMany({ data: [row], skipDuplicates: true });
      return count > 0;
    },
  };
}
