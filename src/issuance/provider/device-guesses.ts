import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { clientAddress } from '../../http/client-address.ts';
import { networkOf } from '../../http/flood-limits.ts';
import { createCache } from '../../kit/cache.ts';
import { type Clock, minutes } from '../../kit/clock.ts';
import { hashOf } from '../../kit/ids.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';

/**
 * Limits guesses of the codes that devices show (RFC 8628 section 5.1). There are 25 billion codes, and each is good for ten
 * minutes. A wrong one counts for the address and for the browser.
 */
export interface DeviceGuesses {
  /** Counts a code that is being looked up as a wrong one, until `answered`. @throws Problem too_many_requests */
  refuseAbove(request: Request): void;
  answered(request: IncomingMessage): void;
  /** Counts a wrong code. */
  wrong(request: IncomingMessage): void;
  /** Keeps the code of a link (`verification_uri_complete`) for the page that this request shows. */
  prefill(request: Request, code: string): void;
  prefilled(request: IncomingMessage): string;
}

export interface DeviceGuessesDeps {
  readonly clock: Clock;
  /** Called when an address or a browser has used up its guesses. */
  readonly onUsedUp: () => Promise<void>;
}

/** People behind one address share it. */
const mostByAddress = 20;
const mostByBrowser = 6;
/** Milliseconds. */
const period = minutes(10);
const mostCounted = 20_000;

export function createDeviceGuesses({ clock, onUsedUp }: DeviceGuessesDeps): DeviceGuesses {
  const counts = createCache<number>({ max: mostCounted, expiry: { ttl: period, clock } });
  /** The codes that are being looked up, by the same keys: concurrent requests must not all find room for one more. */
  const open = new Map<string, number>();
  const codes = new WeakMap<IncomingMessage, string>();
  const keys = new WeakMap<IncomingMessage, readonly (readonly [key: string, most: number])[]>();

  function keysOf(request: Request): readonly (readonly [key: string, most: number])[] {
    const address = clientAddress(request);
    const [, session] = /(?:^|; )(?:__Host-)?symbolon_sso=([^;]+)/.exec(request.headers.cookie ?? '') ?? [];
    return [
      ...(address === undefined ? [] : [[`address ${networkOf(address)}`, mostByAddress] as const]),
      ...(session === undefined ? [] : [[`browser ${hashOf(session)}`, mostByBrowser] as const]),
    ];
  }

  function addOpen(request: IncomingMessage, change: 1 | -1): void {
    for (const [key] of keys.get(request) ?? []) {
      const count = (open.get(key) ?? 0) + change;
      if (count > 0) open.set(key, count);
      else open.delete(key);
    }
  }

  return {
    refuseAbove(request) {
      const mine = keysOf(request);
      if (mine.some(([key, most]) => (counts.peek(key) ?? 0) + (open.get(key) ?? 0) >= most))
        throw new Problem('too_many_requests', { headers: retryAfter(period) });
      keys.set(request, mine);
      addOpen(request, 1);
    },
    answered: (request) => addOpen(request, -1),
    wrong(request) {
      for (const [key, most] of keys.get(request) ?? []) {
        const count = (counts.peek(key) ?? 0) + 1;
        counts.set(key, count);
        if (count === most) void onUsedUp();
      }
    },
    prefill: (request, code) => void codes.set(request, code),
    prefilled: (request) => codes.get(request) ?? '',
  };
}
