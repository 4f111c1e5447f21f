import type { Request } from 'express';
import { bearerToken, invalidToken } from '../http/bearer.ts';
import { Problem } from '../kit/problem.ts';
import { type Actor, actAs } from '../kit/request-context.ts';
import type { AdminDeps } from './ports.ts';

const adminScope = 'admin';
const adminRole = 'admin';

/** One way to authenticate an admin. Returns undefined when the token is of another kind. @throws Problem */
type Check = (token: string) => Promise<Actor | undefined>;

/** Returns the check of a request's bearer token. @throws Problem invalid_token, insufficient_scope, forbidden */
export function createAuthorizeAdmin(deps: AdminDeps): (request: Request) => Promise<void> {
  const checks: readonly Check[] = [checkBootstrapToken(deps), checkBrokerToken(deps)];

  return async (request) => {
    const token = bearerToken(request);
    for (const check of checks) {
      const actor = await check(token);
      if (actor) return actAs(actor);
    }
    throw invalidToken();
  };
}

/** Accepts the setting ADMIN_API_TOKEN, with which the first admin starts. */
function checkBootstrapToken({ adminApiToken }: AdminDeps): Check {
  return async (token) => (adminApiToken?.equals(token) ? { kind: 'bootstrap', id: null } : undefined);
}

/** Accepts an access token of the broker for the admin API, with the admin scope, of a user with the admin role. */
function checkBrokerToken({ verify, identities }: AdminDeps): Check {
  return async (token) => {
    const { userId, scopes } = await verify(token);
    const user = userId === undefined ? undefined : await identities.findUser(userId);
    if (!user || user.disabledAt) throw invalidToken();
    if (!scopes.has(adminScope)) {
      const challenge = `Bearer error="insufficient_scope", scope="${adminScope}"`;
      throw new Problem('insufficient_scope', { headers: { 'WWW-Authenticate': challenge } });
    }
    if (!user.roles.includes(adminRole)) throw new Problem('forbidden');
    return { kind: 'person', id: user.id };
  };
}
