import type { Database, Prisma } from '../../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../../kit/keys/row-tags.ts';

export type ConnectRequestRow = Prisma.ConnectRequestModel;

export interface ConnectRequestStore {
  insert(row: Omit<ConnectRequestRow, 'codeHash' | 'identityId' | 'tag'>): Promise<void>;
  /** Returns the request of this ticket until an account was linked for it. */
  find(ticketHash: string, now: Date): Promise<ConnectRequestRow | undefined>;
  /** Returns the request of this ticket, also after an account was linked for it. */
  findAnswered(ticketHash: string, now: Date): Promise<ConnectRequestRow | undefined>;
  /** Counts the requests of an app for a user for which no account was linked, and returns the newest one like this. */
  openOf(
    ask: Pick<ConnectRequestRow, 'userId' | 'appId' | 'connectionId' | 'scopes' | 'redirectUri'>,
    now: Date,
  ): Promise<{ readonly count: number; readonly newest: ConnectRequestRow | undefined }>;
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

export const taggedConnectRequests = {
  name: 'connect_request',
  version: 1,
  key: ['ticketHash'],
  columns: {
    ticketHash: 'ticket_hash',
    sessionHash: 'session_hash',
    userId: 'user_id',
    appId: 'app_id',
    connectionId: 'connection_id',
    redirectUri: 'redirect_uri',
    state: 'state',
    scopes: 'scopes',
    codeChallenge: 'code_challenge',
    codeHash: 'code_hash',
    identityId: 'identity_id',
  },
} as const satisfies TaggedTable<string>;

export function createConnectRequestStore(
  { prisma }: Pick<Database, 'prisma'>,
  tags: RowTags,
): ConnectRequestStore {
  const unexpired = (now: Date) => ({ expiresAt: { gt: now } });
  const findBy = async (where: Prisma.ConnectRequestWhereInput) => {
    const row = await prisma.connectRequest.findFirst({ where });
    return row && tags.believes(taggedConnectRequests, row) ? row : undefined;
  };
  return {
    async insert(row) {
      const tag = tags.tag(taggedConnectRequests, { ...row, codeHash: null, identityId: null });
      await prisma.connectRequest.create({ data: { ...row, tag } });
    },
    find: (ticketHash, now) => findBy({ ticketHash, codeHash: null, ...unexpired(now) }),
    findAnswered: (ticketHash, now) => findBy({ ticketHash, ...unexpired(now) }),
    async openOf({ userId, appId, redirectUri, connectionId, scopes }, now) {
      const open = { userId, appId, redirectUri, codeHash: null, ...unexpired(now) };
      const [count, rows] = await Promise.all([
        prisma.connectRequest.count({ where: open }),
        prisma.connectRequest.findMany({
          where: { ...open, connectionId, scopes: { equals: scopes } },
          orderBy: { createdAt: 'desc' },
          take: 1,
        }),
      ]);
      return { count, newest: rows.find((row) => tags.believes(taggedConnectRequests, row)) };
    },
    async arrive(ticketHash, data, now) {
      const where = { ticketHash, codeHash: null, ...unexpired(now) };
      const row = await findBy(where);
      if (!row) return false;
      const tag = tags.tag(taggedConnectRequests, { ...row, ...data });
      return (await prisma.connectRequest.updateMany({ where, data: { ...data, tag } })).count === 1;
    },
    async consume(key, now) {
      const [row] = await prisma.connectRequest.findMany({ where: { ...key, ...unexpired(now) } });
      if (!row || !tags.believes(taggedConnectRequests, row)) return undefined;
      const { count } = await prisma.connectRequest.deleteMany({ where: { ...key, ...unexpired(now) } });
      return count === 1 ? row : undefined;
    },
    async removeExpired(now) {
      await prisma.connectRequest.deleteMany({ where: { expiresAt: { lte: now } } });
    },
  };
}
