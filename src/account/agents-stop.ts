import { Problem } from '../kit/problem.ts';
import { agentOf, agentsOf } from './agents-list.ts';
import type { AccountDeps } from './ports.ts';
import type { Visit } from './step.ts';

/**
 * The acts that stop agents. Their consents, grants and refresh tokens end, with what rests on them. The event comes last, so that what it says has happened.
 */
export function createAgentStops(deps: AccountDeps) {
  const { issuance, decisions, events } = deps;

  async function stop(userId: string, clientIds: readonly string[]): Promise<void> {
    for (const clientId of clientIds) {
      await issuance.withdrawConsent(userId, clientId);
      await events.record({ type: 'grant.revoked', userId, appId: clientId });
      await decisions.permissions.stop({ userId, clientId });
    }
    const one = clientIds.length === 1 ? clientIds[0] : undefined;
    await events.record({
      type: 'agents.stopped',
      userId,
      appId: one,
      detail: { clients: clientIds.length },
    });
  }

  return {
    async all({ user }: Visit): Promise<string> {
      const agents = await agentsOf(deps, user.id);
      await stop(
        user.id,
        agents.map(({ app }) => app.id),
      );
      await decisions.approvals.endExactCalls(user.id);
      return '/account/agents?notice=agents_stopped';
    },
    async one({ user, request }: Visit): Promise<string> {
      const agent = await agentOf(deps, { userId: user.id, clientId: String(request.params.clientId) });
      if (!agent) throw new Problem('not_found');
      await stop(user.id, [agent.app.id]);
      return '/account/agents?notice=agent_stopped';
    },
  };
}
