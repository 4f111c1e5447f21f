import { type Database, isForeignKeyViolation } from '../kit/database/database.ts';
import type { AgentPair } from './ports.ts';

/** The accounts from which agents have read. */
export interface ReadStore {
  note(pair: AgentPair, identityId: string, at: Date): Promise<void>;
  /** Returns whether the client has read from another account of the person since. */
  hasReadElsewhere(pair: AgentPair, identityId: string, since: Date): Promise<boolean>;
  prune(before: Date): Promise<void>;
}

export function createReadStore({ prisma }: Pick<Database, 'prisma'>): ReadStore {
  return {
    async note({ userId, clientId: appId }, identityId, at) {
      const key = { userId, appId, identityId };
      const where = { userId_appId_identityId: key };
      try {
        await prisma.agentRead.upsert({ where, create: { ...key, at }, update: { at } });
      } catch (error) {
        // The account was unlinked meanwhile.
        if (!isForeignKeyViolation(error)) throw error;
      }
    },
    async hasReadElsewhere({ userId, clientId: appId }, identityId, since) {
      const where = { userId, appId, identityId: { not: identityId }, at: { gt: since } };
      return (await prisma.agentRead.findFirst({ where, select: { at: true } })) !== null;
    },
    async prune(before) {
      await prisma.agentRead.deleteMany({ where: { at: { lt: before } } });
    },
  };
}
