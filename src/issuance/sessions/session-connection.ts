import type { KoaContextWithOIDC } from 'oidc-provider';
import type { Connections } from '../ports.ts';
import { traitsOf } from '../registry/client-metadata.ts';
import type { SessionOriginStore } from './session-origin-store.ts';

/** The claim of first-party apps' ID tokens with the alias of the connection at which the session began. */
export const connectionClaim = 'idp';

/** Returns the claim for the code that is exchanged now; empty for other apps, and where the origin is not known. */
export type SessionConnection = (ctx: KoaContextWithOIDC) => Promise<{ [connectionClaim]?: string }>;

export function createSessionConnection(
  origins: Pick<SessionOriginStore, 'connectionOf'>,
  connections: Pick<Connections, 'aliasOf'>,
): SessionConnection {
  return async (ctx) => {
    const { client, entities } = ctx.oidc;
    const sessionUid = entities.AuthorizationCode?.sessionUid;
    if (!client || sessionUid === undefined || !traitsOf(client).firstParty) return {};
    const connectionId = await origins.connectionOf(sessionUid);
    const alias = connectionId === undefined ? undefined : await connections.aliasOf(connectionId);
    return alias === undefined ? {} : { [connectionClaim]: alias };
  };
}
