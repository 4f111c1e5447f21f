import type { Clock } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import { newId } from '../kit/ids.ts';
import { Problem } from '../kit/problem.ts';
import type { EndpointStore } from './endpoint-store.ts';
import type { ResendStore } from './resend-store.ts';

/** The type of the event that an admin sends to try an endpoint. No other endpoint gets it. */
const testType = 'webhook.test';

export interface Resend {
  /** Sends an event of the type `webhook.test` to this endpoint alone. Returns its id. @throws Problem as resend does */
  test(id: string): Promise<string>;
  /** Sends a delivery again, in its lane. @throws Problem not_found; conflict when the endpoint is disabled */
  resend(id: string, eventId: string): Promise<void>;
}

export interface ResendDeps {
  readonly store: Pick<EndpointStore, 'find'>;
  readonly again: ResendStore;
  readonly events: Events;
  readonly clock: Clock;
}

export function createResend({ store, again, events, clock }: ResendDeps): Resend {
  async function requireEnabled(id: string): Promise<void> {
    const endpoint = await store.find(id);
    if (!endpoint) throw new Problem('not_found');
    if (endpoint.enabled) return;
    const detail = {
      en: 'The endpoint is disabled, so that nothing is sent. Enable it first.',
      zh: '此端点已停用，不会发送任何内容。请先启用。',
    };
    throw new Problem('conflict', { detail });
  }

  return {
    async test(id) {
      await requireEnabled(id);
      const eventId = newId('evt');
      const now = clock.now();
      const data = { event_id: eventId, webhook: id };
      const body = JSON.stringify({ type: testType, timestamp: now.toISOString(), data });
      await again.add({ endpointId: id, eventId, lane: testType, type: testType, body }, now);
      await events.record({ id: eventId, type: 'webhook.tested', detail: { webhook: id } });
      return eventId;
    },
    async resend(id, eventId) {
      await requireEnabled(id);
      if (!(await again.again(id, eventId, clock.now()))) throw new Problem('not_found');
      await events.record({ type: 'webhook.resent', detail: { webhook: id, event: eventId } });
    },
  };
}
