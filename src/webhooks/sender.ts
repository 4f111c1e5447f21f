import { newHandle } from '../kit/ids.ts';
import { type DeliverDeps, deliver } from './deliver.ts';
import type { Claim, DueEndpoint } from './lane-store.ts';

/** Sends what is due. Each endpoint is on its own, so that a slow one delays nobody else. */
export interface Sender {
  /** Sets off, for each endpoint with something due, unless that is under way; answers what is under way. */
  launch(): Promise<readonly Promise<number>[]>;
  /** Takes up nothing more, and waits for what is on the wire. */
  stop(): Promise<void>;
}

/** Lanes of one endpoint that one process serves at a time. */
const width = 8;
/** Longer than the slowest call, in seconds. */
const leaseSeconds = 45;

export function createSender(deps: DeliverDeps): Sender {
  const { lanes, clock, log } = deps;
  const flights = new Map<string, Promise<number>>();
  let stopped = false;

  async function send(endpoint: DueEndpoint, claim: Claim): Promise<void> {
    try {
      await deliver(deps, endpoint, claim);
    } catch (error) {
      // Its lease runs out, and it is tried again: twice rather than never.
      log.error(
        { err: error, webhook: claim.endpointId, event: claim.eventId },
        'a delivery was not settled',
      );
    }
  }

  async function serve(id: string): Promise<number> {
    let tried = 0;
    while (!stopped) {
      // Asked again for each round: it may have been paused, changed or switched off.
      const endpoint = await lanes.endpoint(id, clock.now());
      if (!endpoint) break;
      const ask = { now: clock.now(), most: width, lease: newHandle(), seconds: leaseSeconds };
      const claims = await lanes.claim(id, ask);
      if (claims.length === 0) break;
      await Promise.all(claims.map((claim) => send(endpoint, claim)));
      tried += claims.length;
    }
    return tried;
  }

  function start(id: string): Promise<number> {
    const flight = serve(id)
      .catch((error: unknown) => {
        log.error({ err: error, webhook: id }, 'cannot deliver to a webhook endpoint');
        return 0;
      })
      .finally(() => flights.delete(id));
    flights.set(id, flight);
    return flight;
  }

  return {
    async launch() {
      if (stopped) return [];
      const due = await lanes.dueEndpoints(clock.now());
      return due.map(({ id }) => flights.get(id) ?? start(id));
    },
    async stop() {
      stopped = true;
      await Promise.all(flights.values());
    },
  };
}
