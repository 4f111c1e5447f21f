import { seconds } from '../kit/clock.ts';
import type { Events } from '../kit/events/events.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { repeat } from '../kit/repeat.ts';
import type { OpenKeys } from './open-keys.ts';

export interface KeyJobsDeps extends OpenKeys {
  readonly metrics: Pick<Metrics, 'watch'>;
  readonly events: Pick<Events, 'record'>;
  readonly log: Logger;
}

/** Milliseconds. A key that another process announced is met within this time. */
const interval = seconds(10);

/** Keeps the intermediate keys and the counts up to date. Returns a function that ends it. */
export function startKeyJobs(deps: KeyJobsDeps): () => Promise<void> {
  const { keptKeys, wrapCounts, log } = deps;
  watchKeys(deps);
  return repeat(
    async () => {
      await reportWraps(deps).catch((error: unknown) =>
        log.warn({ err: error }, 'wrap counts are kept for later'),
      );
      await keptKeys.round();
    },
    () => interval,
    (error) =>
      log.error(
        { err: error },
        'the intermediate keys cannot be looked after; the keys in memory stay in use',
      ),
  );

  async function reportWraps({ events, keyring }: KeyJobsDeps): Promise<void> {
    for (const keyId of await wrapCounts.flush()) {
      // An intermediate key is replaced by itself.
      if (keptKeys.answers() !== undefined && keyId === keyring.currentKeyId) continue;
      log.error({ key: keyId }, 'an encryption key has sealed 2^31 values: put a new key first');
      await events.record({ type: 'encryption_key.half_used', detail: { key: keyId } });
    }
  }
}

function watchKeys({ metrics, wrapCounts, keptKeys }: KeyJobsDeps): void {
  metrics.watch({
    name: 'symbolon_key_wraps',
    help: 'Values that each encryption key has sealed, over all processes; it must not reach 2^32',
    labels: ['key'],
    read: async () => [...(await wrapCounts.read())].map(([key, value]) => ({ labels: { key }, value })),
  });
  metrics.watch({
    name: 'symbolon_kms_answers',
    help: '1 if the key management service answered the last call, else 0; absent: none seals',
    read: () => {
      const answers = keptKeys.answers();
      return answers === undefined ? [] : [{ value: answers ? 1 : 0 }];
    },
  });
}
