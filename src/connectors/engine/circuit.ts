import { type Clock, minutes, seconds } from '../../kit/clock.ts';
import { type Step, UpstreamError } from '../contract/failures.ts';

/** Stops asking a provider that does not answer, and lets one caller at a time find out whether it is back. */
export interface Circuit {
  /** @throws UpstreamError unavailable, without a call, while the circuit is open. */
  run<T>(step: Step, call: () => Promise<T>): Promise<T>;
  state(): 'closed' | 'open' | 'half-open';
}

/** In a row. One identity's trouble is no sign yet. */
const failuresToOpen = 10;
/** Told to wait so often in a row, nobody asks before the time the provider named. */
const refusalsToObey = 3;
const shortestOpen = seconds(2);
const longestOpen = minutes(1);
const longestRetryAfter = minutes(5);

export function createCircuit(clock: Clock): Circuit {
  let failures = 0;
  let openUntil = 0;
  let probing = false;

  const state = () => {
    if (openUntil === 0) return 'closed';
    return clock.now().getTime() < openUntil ? 'open' : 'half-open';
  };

  function failed(error: unknown): void {
    if (!(error instanceof UpstreamError)) return;
    const { failure } = error;
    if (failure.kind !== 'unavailable' && failure.kind !== 'rate-limited') {
      succeeded();
      return;
    }
    failures += 1;
    const now = clock.now().getTime();
    const asked = Math.min(longestRetryAfter, seconds(failure.retryAfter ?? 0));
    if (failures >= failuresToOpen) {
      const pause = Math.min(longestOpen, shortestOpen * 2 ** Math.min(10, failures - failuresToOpen));
      openUntil = now + Math.max(pause, asked);
    } else if (failures >= refusalsToObey && asked > 0) openUntil = now + asked;
  }

  // Any answer, a refusal too, shows that the provider is there.
  function succeeded(): void {
    failures = 0;
    openUntil = 0;
  }

  return {
    state,
    async run(step, call) {
      const now = state();
      if (now === 'open' || (now === 'half-open' && probing)) {
        const wait = Math.max(1, Math.ceil((openUntil - clock.now().getTime()) / 1000));
        throw new UpstreamError(
          step,
          { kind: 'unavailable', retryAfter: wait },
          { status: 0, code: 'circuit_open' },
        );
      }
      probing = now === 'half-open';
      try {
        const result = await call();
        succeeded();
        return result;
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        if (now === 'half-open') probing = false;
      }
    },
  };
}

/** A circuit for each connection, by its id. */
export function createCircuits(clock: Clock): (connectionId: string) => Circuit {
  const circuits = new Map<string, Circuit>();
  return (connectionId) => {
    const circuit = circuits.get(connectionId) ?? createCircuit(clock);
    circuits.set(connectionId, circuit);
    return circuit;
  };
}
