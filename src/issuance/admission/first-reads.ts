import type { Clock } from '../../kit/clock.ts';
import { createRateLimit } from '../../kit/events/rate-limit.ts';
import type { NewAppLimits } from '../ports.ts';
import { DescriptionFault } from './client-description.ts';

export interface FirstReads {
  /** `domain`: that of the metadata document; undefined: the app registers itself. @throws DescriptionFault */
  take(network: string | undefined, domain?: string): void;
  /** Forgets the minutes that are over. */
  prune(): void;
}

export class TooManyNewApps extends DescriptionFault {}

const usualLimits: NewAppLimits = { network: 10, domain: 30, all: 300 };

export function createFirstReads(clock: Clock, limits: NewAppLimits = usualLimits): FirstReads {
  const ofNetwork = createRateLimit({ clock, most: limits.network });
  const ofDomain = createRateLimit({ clock, most: limits.domain });
  const ofAll = createRateLimit({ clock, most: limits.all });
  return {
    take(network = '', domain) {
      // A caller that is over its own limit uses up no other one.
      const isAllowed =
        ofNetwork.take(network) !== undefined &&
        (domain === undefined || ofDomain.take(domain) !== undefined) &&
        ofAll.take(domain === undefined ? 'registration' : 'document') !== undefined;
      if (!isAllowed) throw new TooManyNewApps('too many new apps came in the last minute: try again later');
    },
    prune() {
      for (const limit of [ofNetwork, ofDomain, ofAll]) limit.drain();
    },
  };
}
