import { type Clock, seconds } from '../kit/clock.ts';
import type { Rewrapped } from '../kit/keys/rewrap.ts';

/** Tells how a rewrap goes on: about once a second, and in the end. */
export interface Progress {
  /** Of one pass over one table with so many rows to move. */
  over(name: string, due: number): (batch: Rewrapped) => void;
  summary(keyId: string): string;
}

export function createProgress(
  clock: Clock,
  out: NodeJS.WritableStream & { readonly isTTY?: boolean },
): Progress {
  const now = () => clock.now().getTime();
  const begun = now();
  let moved = 0;
  let overtaken = 0;

  return {
    over(name, due) {
      const start = now();
      let told = start;
      let done = 0;
      let movedHere = 0;
      return (batch) => {
        moved += batch.moved;
        movedHere += batch.moved;
        overtaken += batch.overtaken;
        done += batch.moved + batch.overtaken + batch.unreadable.length;
        const last = done >= due;
        if (now() - told < seconds(1) && !last) return;
        told = now();
        // More than were counted, when somebody writes with an older key behind us.
        const all = Math.max(due, done);
        const line = sentence({ name, due: all, moved: movedHere, done, elapsed: told - start });
        // A terminal keeps one line up to date; a log gets them all.
        out.write(out.isTTY ? `\r\x1b[2K${line}${last ? '\n' : ''}` : `${line}\n`);
      };
    },
    summary(keyId) {
      const time = ((now() - begun) / 1000).toFixed(1);
      const also = overtaken > 0 ? `; ${number(overtaken)} were replaced meanwhile and left alone` : '';
      return `Moved ${number(moved)} to ${keyId} in ${time} s${also}.`;
    },
  };
}

interface Standing {
  readonly name: string;
  readonly due: number;
  readonly moved: number;
  readonly done: number;
  readonly elapsed: number;
}

function sentence({ name, due, moved, done, elapsed }: Standing): string {
  const rate = done / Math.max(elapsed / 1000, 0.001);
  const left = Math.max(0, due - done);
  const end = left > 0 ? `, ${number(left)} left, about ${Math.ceil(left / rate)} s` : '';
  return `${name}: ${number(moved)} of ${number(due)} moved, ${number(Math.round(rate))} a second${end}`;
}

function number(count: number): string {
  return count.toLocaleString('en');
}
