import type { Clock } from '../../kit/clock.ts';
import { createRateLimit } from '../../kit/events/rate-limit.ts';
import { DescriptionFault } from './client-description.ts';

/** The limit on apps that come for the first time, per minute and process. Each costs a call to a stranger's host, and a row. */
export interface FirstReads {
  /** @throws DescriptionFault */
  take(address: string | undefined): void;
  /** Forgets the minutes that are over. */
  prune(): void;
}

export class TooManyNewApps extends DescriptionFault {}

const mostOfAddress = 10;
const mostOfAll = 60;

export function createFirstReads(clock: Clock): FirstReads {
  const ofAddress = createRateLimit({ clock, most: mostOfAddress });
  const ofAll = createRateLimit({ clock, most: mostOfAll });
  return {
    take(address = '') {
      if (ofAddress.take(address) === undefined || ofAll.take('') === undefined)
        throw new TooManyNewApps('too many new apps came in the last minute: try again later');
    },
    prune() {
      ofAddress.drain();
      ofAll.drain();
    },
  };
}
