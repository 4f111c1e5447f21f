import type { Express } from 'express';
import { type AgentsDeps, createAgents } from '../agents/agents.ts';
import { createDecisions, type DecisionsDeps } from '../agents/decisions.ts';
import { usualLimits } from '../agents/limits.ts';
import { createAgentPolicies } from '../agents/policy.ts';
import { agentsResource } from '../agents/resource.ts';
import type { Issuance } from '../issuance/issuance.ts';
import type { Connections } from '../login/connections.ts';
import type { BrokerOptions } from './broker-options.ts';

export interface AgentPartsDeps extends Omit<DecisionsDeps, 'policyOf' | 'brakes'> {
  readonly mcp: BrokerOptions['mcp'];
  readonly limits: BrokerOptions['agentLimits'];
  readonly issuance: Issuance;
  readonly connections: Connections;
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
  const { approvals } = decisions;
  deps.issuance.askPersonBy(async ({ scopes, ...question }) => {
    await approvals.askSignIn({ ...question, scopes: [...scopes] });
  });
  approvals.onDecided('sign_in', async ({ content }, approved) => {
    if (content?.reference !== undefined) await deps.issuance.decideBackchannel(content.reference, approved);
  });
  return {
    decisions,
    async mountAgents(app: Express, later: Later & Pick<AgentsDeps, 'connections' | 'issuance'>) {
      if (mcp) app.use(await createAgents({ ...deps, ...decisions, ...later, agentPolicies, limits }));
    },
  };
}
