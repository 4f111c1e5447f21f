import type { Issuance } from '../issuance/issuance.ts';
import type { EventBatch } from '../kit/events/event-batch.ts';
import type { Outbound } from '../kit/outbound.ts';
import type { Offboarding } from '../offboarding/offboarding.ts';
import type { UpstreamRevocations } from '../vault/upstream-revocation/upstream-revocations.ts';
import type { Vault } from '../vault/vault.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import type { AdminAndSignals } from './admin-and-signals.ts';

export interface OpenRooms {
  readonly bulk: Pick<AdminAndSignals['bulk'], 'stop'>;
  readonly inFlight: { end(): Promise<void> };
  readonly reachability: { end(): void };
  readonly endProcessJobs: () => Promise<void>;
  readonly vault: Pick<Vault, 'close'>;
  readonly retrievals: Pick<EventBatch, 'close'>;
  readonly upstreamRevocations: Pick<UpstreamRevocations, 'idle'>;
  readonly offboarding: Pick<Offboarding, 'close'>;
  readonly webhooks: Pick<Webhooks, 'stop'>;
  readonly issuance: Pick<Issuance, 'close'>;
  readonly outbound: Pick<Outbound, 'close'>;
}

/** Ends the work in flight, then the rooms and connections that it uses. */
export async function closeRooms(rooms: OpenRooms): Promise<void> {
  await rooms.bulk.stop();
  await rooms.inFlight.end();
  rooms.reachability.end();
  await rooms.endProcessJobs();
  await rooms.vault.close();
  await rooms.retrievals.close();
  await rooms.upstreamRevocations.idle();
  await rooms.offboarding.close();
  await rooms.webhooks.stop();
  await rooms.issuance.close();
  await rooms.outbound.close();
}
