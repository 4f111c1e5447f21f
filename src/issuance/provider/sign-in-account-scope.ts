import type { KoaContextWithOIDC } from 'oidc-provider';
import { z } from 'zod';
import { providerTokenScope } from '../consent/resource-servers.ts';
import type { Connections } from '../ports.ts';
import type { SessionOriginStore } from '../sessions/session-origin-store.ts';

/**
 * The scope of the account that the person signs in with. An app that leaves the choice to our page cannot name the
 * connection, and would have to ask for all of them.
 */
export const signInAccountScope = 'idp';

export interface SignInAccountScopeDeps {
  readonly origins: Pick<SessionOriginStore, 'connectionOf'>;
  readonly connections: Pick<Connections, 'aliasOf'>;
}

/** The origin that finish-login.ts adds to the login result. */
const origin = z.object({ connectionId: z.string() });

/**
 * Returns a function that replaces `idp` in a request by the `idp:{alias}` of the session's connection. Before the sign-in it
 * leaves the scope as it is: the request comes back. Without a known connection, the scope is dropped.
 */
export function createSignInAccountScope({ origins, connections }: SignInAccountScopeDeps) {
  return async ({ oidc }: KoaContextWithOIDC): Promise<void> => {
    const { params, session, result, account } = oidc;
    const names = String(params?.scope ?? '').split(' ');
    if (!params || !account || !session || !names.includes(signInAccountScope)) return;
    const now = origin.safeParse(result?.login?.origin).data?.connectionId;
    const id = now ?? (await origins.connectionOf(session.uid));
    const alias = id === undefined ? undefined : await connections.aliasOf(id);
    const named = alias === undefined ? [] : [`${providerTokenScope}${alias}`];
    params.scope = [...new Set([...names.filter((name) => name !== signInAccountScope), ...named])].join(' ');
  };
}
