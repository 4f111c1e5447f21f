import { z } from 'zod';
import type { Connections } from '../ports.ts';
import type { Api, ApiConnection } from './api.ts';
import { accountConsent, isConfidential } from './app.ts';
import type { AppStore } from './app-store.ts';
import { invalidField } from './input.ts';
import { proxyHeaders } from './proxy-headers.ts';
import { proxyRules } from './proxy-rules.ts';

/** A line of an API's policy as the table stores it: the connection by its id. */
export type StoredApiConnection = Omit<ApiConnection, 'connection'>;

/** An API as the table stores it. */
export interface StoredApi extends Omit<Api, 'connections'> {
  readonly connections: readonly StoredApiConnection[];
}

/** The lines in a row. */
export const storedApiConnections = z.array(
  z.object({
    connectionId: z.string(),
    scopes: z.array(z.string()),
    consent: accountConsent,
    handout: z.boolean(),
    proxy: proxyRules,
    proxyHeaders,
    rate: z.object({ requests: z.number(), seconds: z.number() }).nullable(),
  }),
);

/** Converts the policies of APIs between the admin API's form, with aliases of connections, and the table's. */
export interface ApiPolicyMapper {
  /** @throws Problem 422 naming the line. */
  stored(lines: readonly Omit<ApiConnection, 'connectionId'>[]): Promise<readonly StoredApiConnection[]>;
  /** Returns the API in the admin API's form. A line whose connection was removed is left out. */
  named(api: StoredApi): Promise<Api>;
  /** @throws Problem 422 unless there is such an app, which keeps a secret or a key. */
  checkClient(clientId: string | null | undefined): Promise<void>;
}

export function createApiPolicies(
  connections: Pick<Connections, 'connectionIdOf' | 'aliasOf'>,
  apps: Pick<AppStore, 'find'>,
): ApiPolicyMapper {
  return {
    async stored(lines) {
      const found = lines.map(async ({ connection, ...line }, index) => {
        const connectionId = await connections.connectionIdOf(connection);
        if (connectionId !== undefined) return { connectionId, ...line };
        const fault = `there is no connection ${JSON.stringify(connection)}`;
        throw invalidField(`connections.${index}.connection`, fault);
      });
      return await Promise.all(found);
    },
    async named({ connections: lines, ...api }) {
      const found = lines.map(async (line) => {
        const connection = await connections.aliasOf(line.connectionId);
        return connection === undefined ? [] : [{ connection, ...line }];
      });
      return { ...api, connections: (await Promise.all(found)).flat() };
    },
    async checkClient(clientId) {
      if (clientId === undefined || clientId === null) return;
      const app = await apps.find(clientId);
      if (!app) throw invalidField('client', `there is no app ${JSON.stringify(clientId)}`);
      if (!isConfidential(app.type)) throw invalidField('client', 'this app keeps no secret');
    },
  };
}
