import { setTimeout as pause } from 'node:timers/promises';
import { monotonic, seconds, systemClock } from '../clock.ts';

/**
 * Says whether this process has heard of each change that another one committed. PostgreSQL delivers notifications in the
 * order of the commits. So a notification that the process sends itself (a beat) proves, once it is back, that all
 * changes from before it was sent have been heard of. Rows that are cached until their notification are used only
 * then.
 */
export interface HeardChanges {
  /** Returns whether all changes have been heard of that were committed `longest` ago or earlier. */
  isCurrent(): boolean;
  /** Returns the same, and waits for the next beat where necessary, for `patience` at most. */
  whenCurrent(): Promise<boolean>;
  /** Names tables of which rows are cached, and the statements on them that change nothing that is used, word for word. */
  watch(tables: readonly string[], harmless?: readonly string[]): void;
  /** Returns whether the statement may change such a row. */
  changes(text: string): boolean;
  /** Called when this process has committed such a change: its earlier beats prove nothing about it. */
  written(): void;
  /** Called when notifications are heard and the caches hold nothing older. Returns the function that ends it. */
  heardBy(beat: Beat): () => void;
}

/** Sends a beat. Resolves when it is back. */
export type Beat = () => Promise<void>;

/** Milliseconds. Another process's change counts within 250 ms, of which a request may take the rest. */
const longest = 200;
/** Milliseconds between two beats. */
const interval = 80;
/** Milliseconds for which beats go on after the last question. A process without requests sends none. */
const quietAfter = seconds(10);
/** Milliseconds that a caller waits for a beat. */
const patience = 100;

interface Moment {
  readonly monotonic: number;
  /** The monotonic clock stands still while a virtual machine is paused. */
  readonly wall: number;
}

const wallTime = () => systemClock.now().getTime();
const now = (): Moment => ({ monotonic: monotonic(), wall: wallTime() });

export function createHeardChanges(): HeardChanges {
  const tables = new Set<string>();
  const harmlessTexts = new Set<string>();
  /** Matches none before the first table is watched. */
  let writing = /$^/;
  let beat: Beat | undefined;
  /** The time at which the last beat that is back was sent. */
  let proven: Moment | undefined;
  /** By `monotonic`: beats that were sent before prove nothing. */
  let since = 0;
  let askedAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  /** The beat under way that was sent after `since`. */
  let underWay: { readonly sentAt: number; readonly over: Promise<void> } | undefined;

  function send() {
    clearTimeout(timer);
    timer = undefined;
    const by = beat;
    const sent = now();
    const back = (by?.() ?? Promise.resolve()).then(
      () => {
        if (by === beat && sent.monotonic >= since) proven = sent;
      },
      // The LISTEN connection has ended, or will.
      () => undefined,
    );
    const over = back.then(() => {
      if (underWay === mine) underWay = undefined;
      schedule();
    });
    const mine = { sentAt: sent.monotonic, over };
    underWay = mine;
    return mine;
  }

  function schedule(): void {
    if (!beat || timer || underWay || monotonic() - askedAt > quietAfter) return;
    timer = setTimeout(send, interval).unref();
  }

  function isCurrent(): boolean {
    if (!beat) return false;
    askedAt = monotonic();
    if (!proven) return false;
    const sinceWall = wallTime() - proven.wall;
    return askedAt - proven.monotonic <= longest && sinceWall >= 0 && sinceWall <= longest;
  }

  function forget(): void {
    since = monotonic();
    proven = undefined;
    underWay = undefined;
  }

  return {
    isCurrent,
    async whenCurrent() {
      if (isCurrent()) return true;
      if (!beat) return false;
      const { sentAt, over } = underWay ?? send();
      // Only those wait who ask while the beat is on its way: a connection that hangs must not delay each request.
      const left = sentAt + patience - monotonic();
      if (left <= 0) return false;
      const waited = new AbortController();
      const late = pause(left, undefined, { signal: waited.signal, ref: false }).catch(() => undefined);
      await Promise.race([over, late]);
      waited.abort();
      return isCurrent();
    },
    watch(names, harmless = []) {
      for (const name of names) tables.add(name);
      for (const text of harmless) harmlessTexts.add(text);
      const verbs = 'INSERT\\s+INTO|DELETE\\s+FROM|MERGE\\s+INTO|TRUNCATE|UPDATE(?:\\s+ONLY)?';
      const named = `(?:"?\\w+"?\\.)?"?(?:${[...tables].join('|')})"?(?![\\w".])`;
      writing = new RegExp(`\\b(?:${verbs})\\s+${named}`, 'i');
    },
    changes: (text) => writing.test(text) && !harmlessTexts.has(text),
    written() {
      forget();
      // Requests are coming in, and the next one need not wait for the timer.
      if (beat && monotonic() - askedAt <= quietAfter) send();
    },
    heardBy(by) {
      forget();
      beat = by;
      return () => {
        if (beat !== by) return;
        forget();
        beat = undefined;
        clearTimeout(timer);
        timer = undefined;
      };
    },
  };
}
