import type { Database } from '../kit/database/database.ts';
import type { RowTags, TaggedTable } from '../kit/keys/row-tags.ts';
import type { AgentPair } from './ports.ts';

/** The choice of a person for one account, for all accounts of a connection, or for all. */
export interface Choice extends AgentPair {
  /** The id of an identity or a connection, or `everything`. */
  readonly target: string;
  readonly connectionId: string | null;
  readonly identityId: string | null;
  readonly mode: string;
  readonly until: Date | null;
  readonly at: Date;
}

export const everything = '*';

export interface PermissionStore {
  /** Returns the choices of a person, for one client or for all. */
  of(userId: string, clientId?: string): Promise<readonly Choice[]>;
  put(choice: Choice): Promise<void>;
  /** Deletes the choices for a client: all, or those for the accounts of one connection. */
  drop(pair: AgentPair, connectionId?: string): Promise<void>;
}

export const taggedAgentPermissions = {
  name: 'agent_permission',
  version: 1,
  key: ['userId', 'appId', 'target'],
  columns: {
    userId: 'user_id',
    appId: 'app_id',
    target: 'target',
    connectionId: 'connection_id',
    identityId: 'identity_id',
    mode: 'mode',
    until: 'until',
    at: 'at',
  },
} as const satisfies TaggedTable<string>;

export function createPermissionStore({ prisma }: Pick<Database, 'prisma'>, tags: RowTags): PermissionStore {
  return {
    async of(userId, clientId) {
      const where = { userId, ...(clientId !== undefined && { appId: clientId }) };
      const rows = await prisma.agentPermission.findMany({ where, orderBy: { at: 'desc' } });
      return rows
        .filter((row) => tags.believes(taggedAgentPermissions, row))
        .map(({ appId, tag: _tag, ...row }) => ({ ...row, clientId: appId }));
    },
    async put({ clientId: appId, ...choice }) {
      const row = { appId, ...choice };
      const data = { ...row, tag: tags.tag(taggedAgentPermissions, row) };
      const { userId, target } = choice;
      await prisma.agentPermission.upsert({
        where: { userId_appId_target: { userId, appId, target } },
        create: data,
        update: data,
      });
    },
    async drop({ userId, clientId: appId }, connectionId) {
      const at = connectionId === undefined ? {} : { connectionId };
      await prisma.agentPermission.deleteMany({ where: { userId, appId, ...at } });
    },
  };
}
