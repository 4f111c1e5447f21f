import type { KoaContextWithOIDC, default as Provider } from 'oidc-provider';
import { createCache } from '../../kit/cache.ts';
import { type Clock, minutes, seconds } from '../../kit/clock.ts';
import { hashOf } from '../../kit/ids.ts';

/** Seconds between two polls of a device or of an app that waits for a person (RFC 8628 section 3.2). */
const pollInterval = 5;
/** Seconds. A clock that goes a little fast is forgiven. */
const tolerance = 1;

interface Poll {
  readonly at: number;
  /** Seconds. */
  readonly interval: number;
}

const answersWithInterval = new Set(['device_authorization', 'backchannel_authentication']);

/**
 * Tells callers how often to poll, and answers `slow_down` to those that poll faster. Each such answer adds five seconds
 * (RFC 8628 section 3.5). It is counted in this process, as floods are.
 */
export function createPolling({
  clock,
  interval = pollInterval,
}: {
  readonly clock: Clock;
  readonly interval?: number | undefined;
}) {
  const polls = createCache<Poll>({ max: 20_000, expiry: { ttl: minutes(15), clock } });

  function isTooFast(value: string): boolean {
    const key = hashOf(value);
    const now = clock.now().getTime();
    const last = polls.peek(key);
    const tooFast = last !== undefined && now - last.at < seconds(last.interval - tolerance);
    polls.set(key, { at: now, interval: (last?.interval ?? interval) + (tooFast ? pollInterval : 0) });
    return tooFast;
  }

  return {
    install(provider: Provider): void {
      provider.on('grant.error', (ctx, error) => {
        const { device_code: device, auth_req_id: request } = ctx.oidc.params ?? {};
        const value = device ?? request;
        if (error.message !== 'authorization_pending' || typeof value !== 'string' || !isTooFast(value))
          return;
        ctx.body = { error: 'slow_down', error_description: 'wait five seconds more between two requests' };
      });
    },
    async middleware(ctx: KoaContextWithOIDC, next: () => Promise<void>): Promise<void> {
      await next();
      if (!answersWithInterval.has(ctx.oidc?.route ?? '') || ctx.status !== 200) return;
      if (typeof ctx.body === 'object' && ctx.body !== null) ctx.body = { ...ctx.body, interval };
    },
  };
}
