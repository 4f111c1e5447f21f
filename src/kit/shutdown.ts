import { monotonic, seconds } from './clock.ts';

/**
 * The deadlines of a shutdown, in milliseconds from the signal. Supervisors count from the signal too: Kubernetes kills
 * after 30 s by default.
 */
export const deadlines = {
  /** Unanswered requests are aborted. */
  answers: seconds(30),
  /** The process ends, finished or not. */
  exit: seconds(35),
};

export interface Shutdown {
  /** Starts the deadlines at its first call. */
  begin(): void;
  /** Runs `work` so many milliseconds after the start, if the process still runs. */
  at(deadline: number, work: () => void): void;
  /** Returns the milliseconds until a deadline, 0 after it. */
  until(deadline: number): number;
}

export function createShutdown(): Shutdown {
  const works: { readonly deadline: number; readonly work: () => void }[] = [];
  let begun: number | undefined;
  const until = (deadline: number) => Math.max(0, deadline - (begun === undefined ? 0 : monotonic() - begun));
  const arm = ({ deadline, work }: (typeof works)[number]) => void setTimeout(work, until(deadline)).unref();
  return {
    begin() {
      if (begun !== undefined) return;
      begun = monotonic();
      works.forEach(arm);
    },
    at(deadline, work) {
      if (begun === undefined) works.push({ deadline, work });
      else arm({ deadline, work });
    },
    until,
  };
}
