import type { StandingScopes } from '../issuance/consent/standing-scopes.ts';
import type { AsOf, Caller } from '../retrieval/permission.ts';
import type { AgentPolicies } from './policy.ts';
import type { AgentPair } from './ports.ts';

/** An agent's access token, which was verified. */
export interface AgentToken extends AgentPair {
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: Date;
  /** Verifies it again, past every cache. @throws Problem invalid_token */
  readonly again: () => Promise<void>;
}

export interface AgentCallerDeps {
  readonly standingScopes: Pick<StandingScopes, 'atApi'>;
  readonly policies: Pick<AgentPolicies, 'givenTo'>;
  /** The identifier of the agents' API. */
  readonly resource: string;
}

/**
 * Returns the caller of a retrieval. Its connections are those of the person's consent as it is now, and not of the token:
 * a person who connects an account while the agent works need not sign in again, and a withdrawn account is gone at once.
 */
export async function agentCaller(deps: AgentCallerDeps, token: AgentToken, asOf?: AsOf): Promise<Caller> {
  const { userId, clientId } = token;
  const [consent, given] = await Promise.all([
    deps.standingScopes.atApi({ userId, clientId }, deps.resource, asOf),
    deps.policies.givenTo(clientId),
  ]);
  return {
    userId,
    clientId,
    scopes: new Set([...consent.scopes, ...given.map(({ alias }) => `idp:${alias}`)]),
    // The ids alone decide.
    granted: { connections: [...consent.connections, ...given.map(({ id }) => id)], at: new Date(0) },
    background: false,
    async again() {
      await token.again();
      return await agentCaller(deps, token, 'now');
    },
  };
}
