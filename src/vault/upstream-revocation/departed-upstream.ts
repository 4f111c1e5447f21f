import { z } from 'zod';
import type { Registration } from '../../connectors/contract/registration.ts';
import { applyOptions } from '../../connectors/engine/connection-traits.ts';
import { createUpstream, type Upstream } from '../../connectors/engine/upstream.ts';
import { findConnector } from '../../connectors/registry.ts';
import type { Clock } from '../../kit/clock.ts';
import type { Transaction } from '../../kit/database/database.ts';
import type { Keyring } from '../../kit/keys/keyring.ts';
import { openColumn, sealColumn } from '../../kit/keys/sealed-column.ts';
import type { Outbound } from '../../kit/outbound.ts';
import { Secret } from '../../kit/secret.ts';
import type { Connection, Connections } from '../../login/connections.ts';
import type { LeavingStore } from './leaving-store.ts';

/** The way to a departure's provider, also when its connection has gone. */
export interface DepartedUpstream {
  /** Together with what else happens in the transaction that removes the connection. */
  keep(connection: Connection, transaction?: Transaction): Promise<void>;
  /** The connection as it is now, so that a mended one is used; else as it was when it went. */
  find(connectionId: string): Promise<Upstream | undefined>;
}

export interface DepartedUpstreamDeps {
  readonly leavings: LeavingStore;
  readonly connections: Pick<Connections, 'findById'>;
  readonly keyring: Keyring;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

const address = z.string();
const shape = z.object({
  provider: z.string(),
  alias: z.string(),
  clientId: z.string(),
  clientSecret: z.string().nullable(),
  redirectUri: z.string(),
  scopes: z.array(z.string()),
  endpoints: z.object({ authorization: address, token: address, api: address }).catchall(address),
  issuer: z.string(),
  options: z.record(z.string(), z.string()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
});

export function createDepartedUpstream(deps: DepartedUpstreamDeps): DepartedUpstream {
  const { leavings, connections, keyring, outbound, clock } = deps;

  return {
    async keep({ id, connector, registration }, transaction) {
      const plain = {
        ...registration,
        provider: connector.provider,
        clientSecret: registration.clientSecret?.reveal() ?? null,
        secrets: mapped(registration.secrets, (secret) => secret.reveal()),
      };
      const sealed = sealColumn(keyring, JSON.stringify(plain), departedContext(id));
      await leavings.keepConnection({ connectionId: id, sealed, removedAt: clock.now() }, transaction);
    },

    async find(connectionId) {
      const current = await connections.findById(connectionId);
      if (current) return current.upstream;
      const kept = await leavings.keptConnection(connectionId);
      if (!kept) return undefined;
      const { provider, clientSecret, secrets, ...rest } = shape.parse(
        JSON.parse(openColumn(keyring, kept, departedContext(connectionId))),
      );
      const declared = findConnector(provider);
      if (!declared) return undefined;
      const connector = applyOptions(declared, rest.options);
      const registration: Registration = {
        ...rest,
        clientSecret: clientSecret === null ? undefined : new Secret(clientSecret),
        secrets: mapped(secrets, (secret) => new Secret(secret)),
      };
      return createUpstream({ connector, registration, outbound, clock });
    },
  };
}

function mapped<From, To>(
  record: Readonly<Record<string, From>>,
  map: (value: From) => To,
): Record<string, To> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]));
}

export function departedContext(connectionId: string): string {
  return `departed_connection:${connectionId}:registration`;
}
