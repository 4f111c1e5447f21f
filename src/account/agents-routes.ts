import { createAgentActivity } from './agents-activity.ts';
import { createApprovalStep } from './agents-approval.ts';
import { createAgentClient } from './agents-client.ts';
import { createAgentsPage } from './agents-page.ts';
import { createAgentStops } from './agents-stop.ts';
import type { AccountDeps } from './ports.ts';
import type { Visits } from './visit-routes.ts';

/** Mounts the pages about agents: their permissions, their open questions, and what they did. */
export function agentRoutes(deps: AccountDeps, visits: Visits): void {
  const client = createAgentClient(deps);
  const stops = createAgentStops(deps);
  visits.step('/account/approvals/:id', createApprovalStep(deps), { within: 'any' });
  visits.page('/account/agents', createAgentsPage(deps));
  visits.act('/account/agents/stop', stops.all);
  visits.page('/account/agents/activity', createAgentActivity(deps));
  visits.step('/account/agents/:clientId', { show: client.show, act: client.choose }, { within: 'any' });
  visits.act('/account/agents/:clientId/stop', stops.one);
}
