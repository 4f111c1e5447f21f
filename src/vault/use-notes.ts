import { minutes } from '../kit/clock.ts';
import type { RefreshDeps } from './refresh-deps.ts';

const interval = 40;

/** Notes that tokens are used, each at most once a minute, many together. What a crash loses is noted the next time. */
export function createUseNotes({ store, clock, log }: Pick<RefreshDeps, 'store' | 'clock' | 'log'>) {
  let due = new Set<string>();

  function write(): void {
    const identityIds = [...due];
    due = new Set();
    store.touch(identityIds, clock.now()).catch((error: unknown) => {
      log.warn({ err: error, entries: identityIds.length }, 'the use of tokens could not be noted');
    });
  }

  return (identityId: string, lastUsedAt: Date | null): void => {
    if (lastUsedAt && clock.now().getTime() - lastUsedAt.getTime() <= minutes(1)) return;
    if (due.size === 0) setTimeout(write, interval).unref();
    due.add(identityId);
  };
}
