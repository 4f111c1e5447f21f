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
import type { RemovedConnectionStore } from './removed-connection-store.ts';

/** The upstreams of queued revocations. It keeps the registration of a removed connection until its queue is empty. */
export interface RemovedConnections {
  /** Seals and writes the registration, in the transaction that removes the connection if one is given. */
  keep(connection: Connection, transaction?: Transaction): Promise<void>;
  /** Returns the upstream of the present connection, so that a correction counts, or of the kept registration. */
  upstreamOf(connectionId: string): Promise<Upstream | undefined>;
}

export interface RemovedConnectionsDeps {
  readonly store: RemovedConnectionStore;
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
  unmarkedOrigins: z.array(z.string()).optional(),
  options: z.record(z.string(), z.string()).default({}),
  secrets: z.record(z.string(), z.string()).default({}),
});

export function createRemovedConnections(deps: RemovedConnectionsDeps): RemovedConnections {
  const { store, connections, keyring, outbound, clock } = deps;

  return {
    async keep({ id, connector, registration }, transaction) {
      const plain = {
        ...registration,
        provider: connector.provider,
        clientSecret: registration.clientSecret?.reveal() ?? null,
        secrets: mapped(registration.secrets, (secret) => secret.reveal()),
      };
      const sealed = sealColumn(keyring, JSON.stringify(plain), removedConnectionContext(id));
      await store.keep({ connectionId: id, sealed, removedAt: clock.now() }, transaction);
    },

    async upstreamOf(connectionId) {
      const current = await connections.findById(connectionId);
      if (current) return current.upstream;
      const kept = await store.find(connectionId);
      if (!kept) return undefined;
      const { provider, clientSecret, secrets, ...rest } = shape.parse(
        JSON.parse(openColumn(keyring, kept, removedConnectionContext(connectionId))),
      );
      const declared = findConnector(provider);
      // This version of the broker has no such provider.
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

/** Returns the associated data of the sealed registration. Stored values depend on this text. */
export function removedConnectionContext(connectionId: string): string {
  return `departed_connection:${connectionId}:registration`;
}
