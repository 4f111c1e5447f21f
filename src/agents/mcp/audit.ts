import { displayText } from '../../http/display-text.ts';
import type { Detail } from '../../kit/events/changes.ts';
import type { EventBatch } from '../../kit/events/event-batch.ts';
import type { AgentClient, Caught } from './tools/tool.ts';

const traceparent = /^[\da-f]{2}-[\da-f]{32}-[\da-f]{16}-[\da-f]{2}$/;

/** Records one call of a tool. A denial is recorded too. @throws Problem unavailable when the audit cannot be written */
export async function recordCall(
  events: Pick<EventBatch, 'add'>,
  { token: { userId, clientId }, claimed }: AgentClient,
  { connection, identityId, ...facts }: Partial<Caught>,
): Promise<void> {
  const { reason, traceparent: trace, ...rest } = facts;
  const detail: Record<string, Detail[string]> = { ...rest };
  if (reason !== undefined) detail.reason = displayText(reason, 256);
  if (trace !== undefined && traceparent.test(trace)) detail.traceparent = trace;
  // The client names itself so; nothing verifies it.
  if (claimed !== undefined) detail.claims = displayText(claimed);
  await events.add({ type: 'agent.called', userId, appId: clientId, connection, identityId, detail });
}
