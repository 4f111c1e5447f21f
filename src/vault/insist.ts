import { setTimeout as pause } from 'node:timers/promises';
import { seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keyring.ts';

/** Longer than most databases are away. */
const longestOutage = seconds(65);

const firstPause = 50;
const longestPause = seconds(2);

export interface Patience {
  /** Milliseconds. */
  readonly outage?: number | undefined;
  /** Aborted: there is one more try. */
  readonly ending?: AbortSignal | undefined;
}

/**
 * What the provider has said cannot be asked for again, so it is written however often that takes. Answers undefined
 * when the database has taken nothing for so many milliseconds.
 */
export async function insist<T>(
  work: () => Promise<T>,
  onTrouble: (error: unknown) => void,
  { outage = longestOutage, ending }: Patience = {},
): Promise<T | undefined> {
  let wait = firstPause;
  for (let waited = 0; waited < outage; waited += wait, wait = Math.min(2 * wait, longestPause)) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      onTrouble(error);
      if (ending?.aborted) return undefined;
      await pause(wait, undefined, { ...(ending && { signal: ending }) }).catch(() => undefined);
    }
  }
  return undefined;
}
