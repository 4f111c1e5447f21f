import type { Database, Prisma } from '../../kit/database/database.ts';

export type ConnectRequestRow = Prisma.ConnectRequestModel;

export interface ConnectRequestStore {
  insert(row: Omit<ConnectRequestRow, 'codeHash' | 'identityId'>): Promise<void>;
  /** Returns the request of this ticket until an account was linked for it. */
  find(ticketHash: string, now: Date): Promise<ConnectRequestRow | undefined>;
  /**
   * Stores the linked identity and the code for the app, once. Returns false if that was done or the request
   * has expired.
   */
  arrive(ticketHash: string, arrival: { identityId: string; codeHash: string }, now: Date): Promise<boolean>;
  /** Removes and returns the request, once, and only for its app and user. */
  consume(key: ConnectKey, now: Date): Promise<ConnectRequestRow | undefined>;
  removeExpired(now: Date): Promise<void>;
}

export interface ConnectKey {
  readonly sessionHash: string;
  readonly codeHash: string;
  readonly userId: string;
  readonly appId: string;
  readonly redirectUri: string;
  readonly codeChallenge: string | null;
}

export function createConnectRequestStore({ prisma }: Pick<Database, 'prisma'>): ConnectRequestStore {
  const unexpired = (now: Date) => ({ expiresAt: { gt: now } });
  return {
    async insert(row) {
      await prisma.connectRequest.create({ data: row });
    },
    async find(ticketHash, now) {
      const where = { ticketHash, codeHash: null, ...unexpired(now) };
      return (await prisma.connectRequest.findFirst({ where })) ?? undefined;
    },
    async arrive(ticketHash, data, now) {
      const where = { ticketHash, codeHash: null, ...unexpired(now) };
      return (await prisma.connectRequest.updateMany({ where, data })).count === 1;
    },
    async consume(key, now) {
      const [row] = await prisma.connectRequest.findMany({ where: { ...key, ...unexpired(now) } });
      if (!row) return undefined;
      const { count } = await prisma.connectRequest.deleteMany({ where: { ...key, ...unexpired(now) } });
      return count === 1 ? row : undefined;
    },
    async removeExpired(now) {
      await prisma.connectRequest.deleteMany({ where: { expiresAt: { lte: now } } });
    },
  };
}
