import type { Request } from 'express';
import { bearerToken, invalidToken } from '../http/bearer.ts';
import { Problem } from '../kit/problem.ts';
import type { AdminDeps } from './ports.ts';

const adminScope = 'admin';
const adminRole = 'admin';

/** One way to authenticate an admin. Returns undefined when the token is of another kind. @throws Problem */
type Way = (token: string) => Promise<'admin' | undefined>;

/** @throws Problem invalid_token, insufficient_scope, forbidden */
export function createAuthorizeAdmin(deps: AdminDeps): (request: Request) => Promise<void> {
  const ways: readonly Way[] = [bootstrapToken(deps), brokerToken(deps)];

  return async (request) => {
    const token = bearerToken(request);
    for (const way of ways) {
      if (await way(token)) return;
    }
    throw invalidToken();
  };
}

function bootstrapToken({ adminApiToken }: AdminDeps): Way {
  return async (token) => (adminApiToken?.equals(token) ? 'admin' : undefined);
}

/** An access token of the broker for the admin API, with the admin scope, of a user with the admin role. */
function brokerToken({ verify, identities }: AdminDeps): Way {
  return async (token) => {
    const { userId, scopes } = await verify(token);
    const user = userId === undefined ? undefined : await identities.findUser(userId);
    if (!user || user.disabledAt) throw invalidToken();
    if (!scopes.has(adminScope)) {
      const challenge = `Bearer error="insufficient_scope", scope="${adminScope}"`;
      throw new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
    }
    if (!user.roles.includes(adminRole)) throw new Problem('forbidden');
    return 'admin';
  };
}
