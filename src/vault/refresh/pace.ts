import type { CallTrouble, Circuit } from '../../connectors/engine/circuit.ts';
import { minutes, monotonic, seconds } from '../../kit/clock.ts';

/**
 * The pace of the sweep at one provider: as many refreshes at once as its latency needs and its limits allow. It outlives a
 * run, so that a limit is learnt once.
 */
export interface Pace {
  /**
   * Works on all items, in their order, while the provider is available and `mayGoOn` is true. `work` returns whether the provider
   * has answered, so that its time counts. @throws the first error of `work`, when all that is under way has ended
   */
  each<Item>(
    items: readonly Item[],
    work: (item: Item) => Promise<boolean>,
    mayGoOn: () => boolean,
  ): Promise<void>;
  state(): PaceState;
}

export interface PaceState {
  /** The number of refreshes that may run at once. */
  readonly atOnce: number;
  /** The number that run now. */
  readonly running: number;
  /** The refreshes in a second that the provider accepts, as far as a limit was declared or learnt. */
  readonly perSecond: number | undefined;
  /** The least time that one of the last refreshes took, in milliseconds; undefined: none was measured. */
  readonly latency: number | undefined;
}

export interface Paces {
  /** Returns the pace of a connection. `perMinute`: the refreshes that its provider allows, where they are known. */
  (connectionId: string, circuit: Pick<Circuit, 'state' | 'trouble'>, perMinute?: number): Pace;
  /** Returns the state of a pace; undefined: this process has not refreshed for the connection. */
  stateOf(connectionId: string): PaceState | undefined;
}

const first = 4;
/** A refresh takes about ten short statements, between which it holds no connection of the pool. */
const mostAtOnce = 48;
/** Of all connections together. Further ones take turns. */
const mostInProcess = 64;
/** A refresh that takes so many times the least recent time waits for something: the provider, the database or this process. */
const slow = 2;
/** Milliseconds by which the time of a refresh varies without a reason. */
const jitter = 30;
/** Refreshes after which the least time is measured anew, since a provider may become slower for good. */
const memory = 500;
/** The part of the rate that a provider refused, at which the sweep goes on. */
const afterRefusal = 0.7;
const leastPerSecond = 0.2;
/** Milliseconds without a refusal, after which a learnt limit is tried a tenth higher. */
const patience = minutes(1);
/** A limit beyond this is none for the sweep. */
const mostPerSecond = 400;
/** The part of a declared limit that the sweep takes. The others are for the refreshes of requests. */
const ofDeclared = 0.8;

export function createPaces(): Paces {
  const paces = new Map<string, { readonly pace: Pace; readonly perMinute: number | undefined }>();
  const places = createPlaces(mostInProcess);
  const paceOf = (connectionId: string, circuit: Pick<Circuit, 'state' | 'trouble'>, perMinute?: number) => {
    const known = paces.get(connectionId);
    if (known && known.perMinute === perMinute) return known.pace;
    // The first of its kind, or the limit was changed: what was learnt under the former one says nothing.
    const pace = createPace(places, circuit, perMinute);
    paces.set(connectionId, { pace, perMinute });
    return pace;
  };
  return Object.assign(paceOf, { stateOf: (connectionId: string) => paces.get(connectionId)?.pace.state() });
}

function createPace(
  places: Places,
  { state, trouble }: Pick<Circuit, 'state' | 'trouble'>,
  perMinute: number | undefined,
): Pace {
  const declared = perMinute === undefined ? undefined : (perMinute / 60) * ofDeclared;
  const top = Math.min(declared ?? mostPerSecond, mostPerSecond);
  let atOnce = first;
  /** Until the first trouble, the number doubles with each round. */
  let growsFast = true;
  let running = 0;
  let perSecond = declared;
  /** When the pace was changed last because of a trouble, or for the lack of one. */
  let slowedAt = 0;
  let nextStart = 0;
  let seen: CallTrouble | undefined;
  /** The least times of the last refreshes, and of those before them. */
  let least = Number.POSITIVE_INFINITY;
  let leastBefore = Number.POSITIVE_INFINITY;
  let measured = 0;
  /** The times of the last starts, by which a refused rate is known. */
  let started: number[] = [];

  function rateNow(now: number): number {
    const recent = started.filter((at) => now - at <= seconds(10));
    const [earliest = now] = recent;
    return recent.length / Math.max(1, (now - earliest) / 1000);
  }

  /** Heeds a trouble that came up since. Calls that began before the last change of the pace say nothing about it. */
  function heed(begun: number, now: number): void {
    const latest = trouble();
    if (!latest || latest === seen) return;
    seen = latest;
    nextStart = Math.max(nextStart, now + latest.retryAfter);
    if (begun < slowedAt) return;
    slowedAt = now;
    if (latest.kind === 'rate-limited')
      perSecond = Math.max(leastPerSecond, Math.min(perSecond ?? top, rateNow(now)) * afterRefusal);
    growsFast = false;
    atOnce = Math.max(1, atOnce / 2);
  }

  function ended(took: number, wasFull: boolean): void {
    measured += 1;
    if (measured > memory) [measured, leastBefore, least] = [0, least, took];
    least = Math.min(least, took);
    if (took > slow * Math.min(least, leastBefore) + jitter) {
      growsFast = false;
      atOnce = Math.max(Math.min(first, atOnce), atOnce * 0.95);
    } else if (wasFull) atOnce = Math.min(mostAtOnce, atOnce + (growsFast ? 1 : 1 / atOnce));
  }

  /** Waits until the learnt limit allows another start. Returns false if the run is over before. */
  async function allowed(goesOn: () => boolean): Promise<boolean> {
    while (goesOn()) {
      const now = monotonic();
      if (perSecond !== undefined && now - slowedAt > patience) {
        slowedAt = now;
        perSecond *= 1.1;
        if (perSecond > top) perSecond = declared;
      }
      if (now >= nextStart) {
        if (perSecond !== undefined) nextStart = Math.max(now, nextStart) + 1000 / perSecond;
        started = [...started.slice(-4 * mostAtOnce), now];
        return true;
      }
      const wait = Math.min(nextStart - now, seconds(1));
      await new Promise<void>((resolve) => setTimeout(resolve, wait).unref());
    }
    return false;
  }

  return {
    async each(items, work, mayGoOn) {
      const over = Promise.withResolvers<void>();
      let next = 0;
      let mine = 0;
      let failure: { readonly error: unknown } | undefined;
      const goesOn = () => !failure && state() !== 'open' && mayGoOn();
      const runOne = async (item: (typeof items)[number]) => {
        if (!(await allowed(goesOn))) return;
        await places.take();
        const begun = monotonic();
        const answered = await work(item).finally(places.give);
        const now = monotonic();
        heed(begun, now);
        if (answered) ended(now - begun, running >= Math.floor(atOnce));
      };
      const startMore = () => {
        while (running < Math.floor(atOnce) && next < items.length && goesOn()) {
          const item = items[next] as (typeof items)[number];
          next += 1;
          [running, mine] = [running + 1, mine + 1];
          runOne(item)
            .catch((error: unknown) => {
              failure ??= { error };
            })
            .finally(() => {
              [running, mine] = [running - 1, mine - 1];
              startMore();
            });
        }
        // Also after a failure, those that are under way end before the next run begins.
        if (mine === 0) over.resolve();
      };
      startMore();
      await over.promise;
      if (failure) throw failure.error;
    },
    state() {
      const latency = Math.min(least, leastBefore);
      const measuredLatency = Number.isFinite(latency) ? latency : undefined;
      return { atOnce: Math.floor(atOnce), running, perSecond, latency: measuredLatency };
    },
  };
}

interface Places {
  take(): Promise<void>;
  give(): void;
}

/** Returns a number of places. Those who wait get one in the order in which they came. */
function createPlaces(free: number): Places {
  const waiting: (() => void)[] = [];
  let left = free;
  return {
    async take() {
      if (left > 0) {
        left -= 1;
        return;
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    },
    give() {
      const next = waiting.shift();
      if (next) next();
      else left += 1;
    },
  };
}
