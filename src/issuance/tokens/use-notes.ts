import type Provider from 'oidc-provider';
import type { KoaContextWithOIDC } from 'oidc-provider';
import { createCache } from '../../kit/cache.ts';
import { type Clock, hours } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import type { SelfRegisteredStore } from '../admission/self-registered-store.ts';
import { traitsOf } from '../registry/client-metadata.ts';

export interface UseNotesDeps {
  readonly moments: Pick<SelfRegisteredStore, 'noteUse'>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Notes, at most once an hour and process, that an app which registered itself has got tokens. Unused ones are deleted. */
export function createUseNotes({ moments, clock, log }: UseNotesDeps) {
  const noted = createCache<true>({ max: 10_000, expiry: { ttl: hours(1), clock } });
  return {
    install(provider: Provider): void {
      provider.on('grant.success', ({ oidc: { client } }: KoaContextWithOIDC) => {
        if (!client || traitsOf(client).registration === null || noted.has(client.clientId)) return;
        noted.set(client.clientId, true);
        moments
          .noteUse(client.clientId, clock.now())
          .catch((error: unknown) => log.error({ err: error }, 'the use of an app cannot be noted'));
      });
    },
  };
}
