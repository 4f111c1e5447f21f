import { type Clock, seconds } from '../kit/clock.ts';
import type { Rewrapped } from '../kit/keys/rewrap.ts';
import { formatCount } from './table.ts';

/** The progress of re-sealing, printed about once a second and at the end of each pass. */
export interface Progress {
  /**
   * Returns a function to call after each batch of a pass; `due` is the number of rows that the pass has to
   * re-seal.
   */
  over(name: string, due: number): (batch: Rewrapped) => void;
  summary(keyId: string): string;
}

export function createProgress(
  clock: Clock,
  out: NodeJS.WritableStream & { readonly isTTY?: boolean },
): Progress {
  const now = () => clock.now().getTime();
  const begun = now();
  // Over all tables and passes.
  let moved = 0;
  let overtaken = 0;

  return {
    over(name, due) {
      const start = now();
      let printedAt = start;
      let done = 0;
      let movedHere = 0;
      return (batch) => {
        moved += batch.moved;
        movedHere += batch.moved;
        overtaken += batch.overtaken;
        done += batch.moved + batch.overtaken + batch.unreadable.length;
        const last = done >= due;
        if (now() - printedAt < seconds(1) && !last) return;
        printedAt = now();
        // `due` was counted before the pass. There are more rows than were counted if another process still writes with
        // an older key.
        const all = Math.max(due, done);
        const line = progressLine({ name, due: all, moved: movedHere, done, elapsed: printedAt - start });
        // A terminal gets one line that is updated, a log one line each time.
        out.write(out.isTTY ? `\r\x1b[2K${line}${last ? '\n' : ''}` : `${line}\n`);
      };
    },
    summary(keyId) {
      const time = ((now() - begun) / 1000).toFixed(1);
      const also = overtaken > 0 ? `; ${formatCount(overtaken)} were replaced meanwhile and left alone` : '';
      return `Moved ${formatCount(moved)} to ${keyId} in ${time} s${also}.`;
    },
  };
}

/** One pass over one table. `elapsed`: milliseconds. `done`: moved, overtaken and unreadable rows. */
interface PassProgress {
  readonly name: string;
  readonly due: number;
  readonly moved: number;
  readonly done: number;
  readonly elapsed: number;
}

function progressLine({ name, due, moved, done, elapsed }: PassProgress): string {
  const rate = done / Math.max(elapsed / 1000, 0.001);
  const left = Math.max(0, due - done);
  const end = left > 0 ? `, ${formatCount(left)} left, about ${Math.ceil(left / rate)} s` : '';
  return `${name}: ${formatCount(moved)} of ${formatCount(due)} moved, ${formatCount(Math.round(rate))} a second${end}`;
}
