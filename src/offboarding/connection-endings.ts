import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../kit/clock.ts';
import { createInFlight } from '../kit/in-flight.ts';
import { withoutRequestTimeout } from '../kit/request-context.ts';
import type { OffboardingDeps } from './ports.ts';

/** Ends the sessions, consents and grants of connections that were removed or disabled. */
export interface ConnectionEndings {
  /** Ends all that is queued. */
  run(): Promise<void>;
  /** Does the same. Resolves when it is done, or after 2.5 s while it goes on. */
  attemptNow(): Promise<void>;
  /** Stops after the present batch. Another process goes on. */
  end(): Promise<void>;
}

const longestWait = seconds(2.5);

export function createConnectionEndings({
  issuance,
  accountSessions,
  log,
}: OffboardingDeps): ConnectionEndings {
  const inFlight = createInFlight();
  const ended = new AbortController();
  const run = () =>
    inFlight.add(
      withoutRequestTimeout(() => issuance.runConnectionEndings(accountSessions.endOf, ended.signal)),
    );
  return {
    run,
    async attemptNow() {
      // After a failure the job of the next minutes tries again.
      const trying = run().catch((error: unknown) =>
        log.error({ err: error }, 'what a connection was used for could not be ended yet'),
      );
      const waited = new AbortController();
      await Promise.race([trying, pause(longestWait, undefined, waited)]).finally(() => waited.abort());
    },
    async end() {
      ended.abort();
      await inFlight.settled();
    },
  };
}
