import { after, seconds, systemClock } from './clock.ts';

export interface Timeout {
  /** Aborted with a TimeoutError when the time is over. */
  readonly signal: AbortSignal;
  end(): void;
}

/** A timer that fires this much too late shows that the process itself was stopped. */
const stoppedAfter = seconds(1);
/** The time to read the sockets after that, on a machine that is busy after a pause. */
const readingTime = seconds(10);

/**
 * Starts a timeout. A process that was stopped (SIGSTOP, a migrated machine) runs its timers before it reads its
 * sockets. An answer that has arrived may hold a token that is issued only once, so it gets ten more seconds.
 */
export function startTimeout(milliseconds: number): Timeout {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException('waited for too long', 'TimeoutError'));
  const stoppedIfPast = after(systemClock.now(), milliseconds + stoppedAfter);
  let timer = setTimeout(() => {
    if (systemClock.now() < stoppedIfPast) return abort();
    timer = setTimeout(abort, readingTime).unref();
  }, milliseconds).unref();
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
