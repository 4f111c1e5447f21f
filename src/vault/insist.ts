import { setTimeout as pause } from 'node:timers/promises';
import { UnreadableError } from '../kit/keyring.ts';

// Pauses between tries while the database takes nothing; together more than a minute.
const pauses = [50, 200, 500, 1000, ...Array<number>(30).fill(2000)];

/**
 * What the provider has said cannot be asked for again, so it is written however often that takes. Answers undefined
 * when the database has taken nothing for a minute.
 */
export async function insist<T>(
  work: () => Promise<T>,
  onTrouble: (error: unknown) => void,
): Promise<T | undefined> {
  for (const wait of pauses) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof UnreadableError) throw error;
      onTrouble(error);
      await pause(wait);
    }
  }
  return undefined;
}
