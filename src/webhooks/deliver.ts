import { after } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import type { Logger } from '../kit/log.ts';
import type { HealthStore } from './health-store.ts';
import type { Claim, DueEndpoint, LaneStore } from './lane-store.ts';
import { type Answer, type PostDeps, post } from './post.ts';
import { endpointPause, nextTry } from './retry.ts';

export interface DeliverDeps extends PostDeps {
  readonly lanes: LaneStore;
  readonly health: HealthStore;
  readonly events: Events;
  readonly log: Logger;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** Makes one attempt of a delivery, and records its result for the delivery and its endpoint. */
export async function deliver(deps: DeliverDeps, endpoint: DueEndpoint, claim: Claim): Promise<void> {
  const answer = await post(deps, endpoint, claim);
  const { status, error } = answer;
  if (status !== null && status >= 200 && status < 300) return await delivered(deps, claim, status);
  const about = { webhook: endpoint.id, event: claim.eventId, status, error };
  deps.log.warn(about, 'a webhook delivery failed');
  if (status === 410) return await disableEndpoint(deps, claim);
  await failed(deps, claim, answer);
}

async function delivered({ lanes, health, clock }: DeliverDeps, claim: Claim, status: number): Promise<void> {
  const now = clock.now();
  await lanes.settle(claim, { state: 'delivered', status, error: null, now, nextTryAt: now });
  await health.noteSuccess(claim.endpointId, now);
}

/** Disables an endpoint that answered 410. Its other pending deliveries wait until an admin enables it again. */
async function disableEndpoint({ lanes, health, events, clock }: DeliverDeps, claim: Claim): Promise<void> {
  const now = clock.now();
  const { endpointId } = claim;
  const wasEnabled = await health.disable(endpointId);
  await lanes.settle(claim, { state: 'failed', status: 410, error: null, now, nextTryAt: now });
  if (wasEnabled)
    await events.record({ type: 'webhook.disabled', detail: { webhook: endpointId, status: 410 } });
}

async function failed(deps: DeliverDeps, claim: Claim, { status, error, retryAfter }: Answer): Promise<void> {
  const { lanes, health, clock } = deps;
  const now = clock.now();
  const tries = { attempts: claim.attempts + 1, createdAt: claim.createdAt };
  const nextAt = nextTry(tries, now, deps.random());
  const nextTryAt = new Date(Math.max(nextAt?.getTime() ?? 0, now.getTime() + retryAfter));
  await lanes.settle(claim, { state: nextAt ? 'pending' : 'failed', status, error, now, nextTryAt });
  const pauseLength = Math.max(endpointPause(await health.noteFailure(claim.endpointId, now)), retryAfter);
  if (pauseLength > 0) await health.pause(claim.endpointId, after(now, pauseLength));
}
