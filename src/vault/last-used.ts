import { hours } from '../kit/clock.ts';
import { createInFlight } from '../kit/in-flight.ts';
import type { RefreshDeps } from './refresh/refresh-deps.ts';

/** The age at which a note is written again. Its readers ask for days. */
const noteEvery = hours(1);
/** Milliseconds for which notes are gathered. */
const interval = 40;

/**
 * Writes when tokens were last retrieved, in batches and at most once an hour for each: a note rewrites a page of the entry.
 * A crash may lose a note, and the next retrieval writes it.
 */
export interface LastUsedNotes {
  note(identityId: string, lastUsedAt: Date | null): void;
  /** Writes the rest of the notes. */
  close(): Promise<void>;
}

export function createLastUsedNotes({
  store,
  clock,
  log,
}: Pick<RefreshDeps, 'store' | 'clock' | 'log'>): LastUsedNotes {
  let due = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const writing = createInFlight();

  async function touch(identityIds: readonly string[]): Promise<void> {
    try {
      await store.touch(identityIds, clock.now());
    } catch (error) {
      log.warn({ err: error, entries: identityIds.length }, 'the use of tokens could not be noted');
    }
  }

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    if (due.size === 0) return;
    writing.add(touch([...due]));
    due = new Set();
  }

  return {
    note(identityId, lastUsedAt) {
      if (lastUsedAt && clock.now().getTime() - lastUsedAt.getTime() <= noteEvery) return;
      timer ??= setTimeout(write, interval).unref();
      due.add(identityId);
    },
    async close() {
      write();
      await writing.settled();
    },
  };
}
