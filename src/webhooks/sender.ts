import { newHandle } from '../kit/ids.ts';
import { traced } from '../kit/spans.ts';
import { type DeliverDeps, deliver } from './deliver.ts';
import type { Claim, DueEndpoint } from './lane-store.ts';

/** Sends due deliveries. Endpoints are served independently, so that a slow one delays no other. */
export interface Sender {
  /** Starts to serve each endpoint with a due delivery, unless it is served already. Returns the promises in flight. */
  launch(): Promise<readonly Promise<number>[]>;
  /** Starts no more deliveries, and waits for those in flight. */
  stop(): Promise<void>;
}

/** The number of lanes of an endpoint that a process serves in parallel. */
const concurrency = 8;
/** The length of a lease in seconds: longer than the slowest call. */
const leaseSeconds = 45;

export function createSender(deps: DeliverDeps): Sender {
  const { lanes, clock, log } = deps;
  const inFlight = new Map<string, Promise<number>>();
  let stopped = false;

  async function send(endpoint: DueEndpoint, claim: Claim): Promise<void> {
    try {
      const attributes = { 'symbolon.webhook': endpoint.id, 'symbolon.attempt': claim.attempts + 1 };
      await traced('webhook delivery', { attributes }, () => deliver(deps, endpoint, claim));
    } catch (error) {
      // After its lease has expired, the delivery is sent again. The receiver may get it twice.
      log.error(
        { err: error, webhook: claim.endpointId, event: claim.eventId },
        'a delivery was not settled',
      );
    }
  }

  async function serve(id: string): Promise<number> {
    let tried = 0;
    while (!stopped) {
      // The endpoint is read in each round, since it may have been paused, changed or disabled.
      const endpoint = await lanes.endpoint(id, clock.now());
      if (!endpoint) break;
      const ask = { now: clock.now(), most: concurrency, lease: newHandle(), seconds: leaseSeconds };
      const claims = await lanes.claim(id, ask);
      if (claims.length === 0) break;
      await Promise.all(claims.map((claim) => send(endpoint, claim)));
      tried += claims.length;
    }
    return tried;
  }

  function start(id: string): Promise<number> {
    const serving = serve(id)
      .catch((error: unknown) => {
        log.error({ err: error, webhook: id }, 'cannot deliver to a webhook endpoint');
        return 0;
      })
      .finally(() => inFlight.delete(id));
    inFlight.set(id, serving);
    return serving;
  }

  return {
    async launch() {
      if (stopped) return [];
      const due = await lanes.dueEndpoints(clock.now());
      return due.map(({ id }) => inFlight.get(id) ?? start(id));
    },
    async stop() {
      stopped = true;
      await Promise.all(inFlight.values());
    },
  };
}
