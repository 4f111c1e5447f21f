import { monotonic, seconds } from './clock.ts';

/**
 * How long an orderly end takes at most, in milliseconds from the signal. All in one place, since supervisors count from
 * the signal too: Kubernetes kills after 30 s unless told otherwise.
 */
export const deadlines = {
  /** Requests that are still not answered are cut off. */
  answers: seconds(30),
  /** The process ends, whatever still hangs. */
  exit: seconds(35),
};

export interface Shutdown {
  /** The clock of the deadlines runs from the first call on. */
  begin(): void;
  /** Has `work` done when so many milliseconds have passed since the beginning, if the process still lives then. */
  at(deadline: number, work: () => void): void;
  /** Milliseconds until a deadline, 0 when it has passed. */
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
