import type { Express } from 'express';
import type { AgentsDeps } from '../agents/agents.ts';
import { createDecisions, type DecisionsDeps } from '../agents/decisions.ts';
import { usualLimits } from '../agents/limits.ts';
import { createAgentPolicies } from '../agents/policy.ts';
import { agentsResource } from '../agents/resource.ts';
import type { Identities } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { AskedCall } from '../issuance/tokens/call-details.ts';
import type { Connections } from '../login/connections.ts';
import type { BrokerOptions } from './broker-options.ts';

export interface AgentPartsDeps extends Omit<DecisionsDeps, 'policyOf' | 'brakes'> {
  readonly mcp: BrokerOptions['mcp'];
  readonly limits: BrokerOptions['agentLimits'];
  readonly issuance: Issuance;
  readonly connections: Connections;
  readonly identities: Identities;
}

type Later = Omit<
  AgentsDeps,
  keyof DecisionsDeps | 'permissions' | 'storedCalls' | 'agentPolicies' | 'limits'
>;

/** Wires the decisions of people about agents, and the MCP server, which needs rooms that come later. */
export function createAgentParts({ mcp, limits = usualLimits, ...deps }: AgentPartsDeps) {
  const agentPolicies = createAgentPolicies({
    ...deps.issuance,
    ...deps,
    resource: agentsResource(deps.issuer),
    callsAMinute: limits.callsAMinute,
  });
  const decisions = createDecisions({ ...deps, brakes: limits, policyOf: agentPolicies.policyOf });
  const { approvals, exactCalls } = decisions;
  deps.issuance.judgeCallsBy(exactCalls);
  deps.issuance.askPersonBy(async ({ scopes, calls, ...question }) => {
    const asked = calls.length > 0 && { calls: calls.map(plainCall) };
    await approvals.askSignIn({ ...question, ...asked, scopes: [...scopes] });
  });
  approvals.onDecided('sign_in', async ({ userId, clientId, content }, approved, chosen) => {
    if (content?.reference === undefined) return;
    // The calls are stored first: a token must never name one that is not.
    const { reference } = content;
    try {
      const isAsked = approved && chosen.length > 0;
      const details = isAsked ? await exactCalls.approve({ userId, clientId }, chosen) : [];
      await deps.issuance.decideBackchannel(reference, approved, details);
    } catch (error) {
      await deps.issuance.decideBackchannel(reference, false);
      throw error;
    }
  });
  return {
    decisions,
    async mountAgents(app: Express, later: Later & Pick<AgentsDeps, 'connections' | 'issuance'>) {
      if (!mcp) return;
      const { createAgents } = await import('../agents/agents.ts');
      app.use(await createAgents({ ...deps, ...decisions, ...later, agentPolicies, limits }));
    },
  };
}

function plainCall({ call, accounts, ...asked }: AskedCall) {
  return { ...asked, call: { ...call, headers: { ...call.headers } }, accounts: [...accounts] };
}
