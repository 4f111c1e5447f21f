import { type Clock, minutes, seconds } from '../../kit/clock.ts';
import { type Step, UpstreamError } from '../contract/failures.ts';

/** The circuit breaker: stops calls to a provider that fails, then tests it with one call at a time. */
export interface Circuit {
  /** @throws UpstreamError of kind unavailable, without a call, while the circuit is open */
  run<T>(step: Step, call: () => Promise<T>): Promise<T>;
  state(): 'closed' | 'open' | 'half-open';
  /** Returns the last failure that concerned the provider and not one grant; a new object for each. */
  trouble(): CallTrouble | undefined;
}

export interface CallTrouble {
  readonly kind: 'unavailable' | 'rate-limited';
  /** Milliseconds for which the provider asked to wait; 0: it did not say. */
  readonly retryAfter: number;
}

/** Consecutive failures. A few may concern one identity only. */
const failuresToOpen = 10;
/** After this many consecutive failures, `Retry-After` opens the circuit for that time. */
const refusalsToObey = 3;
/** Milliseconds for which the circuit is open: the time doubles with each further failure. */
const shortestOpen = seconds(2);
const longestOpen = minutes(1);
/** Milliseconds. A longer `Retry-After` counts as this one. */
const longestRetryAfter = minutes(5);

export function createCircuit(clock: Clock): Circuit {
  /** Consecutive ones. */
  let failures = 0;
  /** Epoch milliseconds; 0: closed. */
  let openUntil = 0;
  /** A call tests the half-open circuit. Other calls are refused until it has ended. */
  let probing = false;
  let trouble: CallTrouble | undefined;

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
    trouble = { kind: failure.kind, retryAfter: asked };
    if (failures >= failuresToOpen) {
      const pause = Math.min(longestOpen, shortestOpen * 2 ** Math.min(10, failures - failuresToOpen));
      openUntil = now + Math.max(pause, asked);
    } else if (failures >= refusalsToObey && asked > 0) openUntil = now + asked;
  }

  // Any answer, a refusal too, shows that the provider is available.
  function succeeded(): void {
    failures = 0;
    openUntil = 0;
  }

  return {
    state,
    trouble: () => trouble,
    async run(step, call) {
      const before = state();
      if (before === 'open' || (before === 'half-open' && probing)) {
        const wait = Math.max(1, Math.ceil((openUntil - clock.now().getTime()) / 1000));
        throw new UpstreamError(
          step,
          { kind: 'unavailable', retryAfter: wait },
          // A status counts as an answer, so that no refresh is journaled as sent and unanswered.
          { status: 0, code: 'circuit_open' },
        );
      }
      probing = before === 'half-open';
      try {
        const result = await call();
        succeeded();
        return result;
      } catch (error) {
        failed(error);
        throw error;
      } finally {
        if (before === 'half-open') probing = false;
      }
    },
  };
}

/** Returns a function that gives the circuit of a connection, by its id. */
export function createCircuits(clock: Clock): (connectionId: string) => Circuit {
  const circuits = new Map<string, Circuit>();
  return (connectionId) => {
    const circuit = circuits.get(connectionId) ?? createCircuit(clock);
    circuits.set(connectionId, circuit);
    return circuit;
  };
}
