import { after, seconds, systemClock } from './clock.ts';

export interface Timeout {
  /** Aborted by a TimeoutError when it has run out. */
  readonly signal: AbortSignal;
  end(): void;
}

/** This much later than it was due a timer rings only where the process itself stood still. */
const late = seconds(1);
/** On a machine that has stood still for others too there is much to do first. */
const moment = seconds(10);

/**
 * For what is waited so long and no longer. A process that was stopped meanwhile (SIGSTOP, a machine that is moved) wakes
 * to its timers first and reads its sockets after; the answer that lies there may be a token that there is but once, so
 * it gets a moment to be read.
 */
export function startTimeout(milliseconds: number): Timeout {
  const controller = new AbortController();
  const abort = () => controller.abort(new DOMException('waited for too long', 'TimeoutError'));
  const standstill = after(systemClock.now(), milliseconds + late);
  let timer = setTimeout(() => {
    if (systemClock.now() < standstill) return abort();
    timer = setTimeout(abort, moment).unref();
  }, milliseconds).unref();
  return { signal: controller.signal, end: () => clearTimeout(timer) };
}
