import { createHash } from 'node:crypto';
import type { Request, RequestHandler, Response } from 'express';
import ipaddr from 'ipaddr.js';
import { type IRateLimiterRes, RateLimiterMemory } from 'rate-limiter-flexible';
import { createCache } from '../kit/cache.ts';
import { type Clock, seconds } from '../kit/clock.ts';
import type { Logger } from '../kit/log.ts';
import type { Metrics } from '../kit/metrics.ts';
import { isPublicAddress } from '../kit/outbound.ts';
import { Problem, retryAfter } from '../kit/problem.ts';
import { clientAddress } from './client-address.ts';

/** Requests per minute that one process accepts; 0: no limit. */
export interface FloodLimitSettings {
  /** Of one address, for callers that have not authenticated within the last hour. */
  readonly address: number;
  /** Of one client or admin token, counted once it has authenticated. */
  readonly client: number;
  /** Of one address with one wrong credential. */
  readonly wrongCredentials: number;
}

/** A caller as its request names it. Nothing is proven yet. */
export interface ClaimedCaller {
  /** The client id; empty for a bearer token, which the credential alone names. */
  readonly id: string;
  /** The secret, assertion or token. It is hashed at once. */
  readonly credential: string;
  /** The credential is another one with each request, as an assertion is. */
  readonly changes?: true;
}

/**
 * Limits for doors that anyone can reach. No limit counts what a caller only claims: wrong guesses of one caller lock out no
 * other caller, at the same address or with the same client id.
 */
export interface FloodLimits {
  /** Counts the request by its address. @throws Problem too_many_requests */
  readonly byAddress: RequestHandler;
  /** The same for pictures and other files, which have a count of their own: one page asks for many of them. */
  readonly ofFiles: RequestHandler;
  /**
   * Counts the request by its caller when it was answered: 401 means a wrong credential, success a proven caller. Before, it
   * refuses a caller that is over a limit. @throws Problem too_many_requests
   */
  byCaller(request: Request, response: Response, caller: ClaimedCaller): Promise<void>;
  /** The same for the bearer token of an API. */
  readonly byBearer: RequestHandler;
}

export interface FloodLimitsDeps {
  readonly limits: FloodLimitSettings;
  readonly trustedProxyHops: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Pick<Metrics, 'limited'>;
}

/** Seconds. */
const period = 60;
/** A proven caller at its address is not counted by address for this long. */
const trust = seconds(3_600);
/** The number of proven callers in memory. */
const mostProven = 50_000;

export function createFloodLimits(deps: FloodLimitsDeps): FloodLimits {
  const { limits, trustedProxyHops, clock, log, metrics } = deps;
  const limiter = (points: number) =>
    points > 0 ? new RateLimiterMemory({ points, duration: period }) : undefined;
  const addresses = limiter(limits.address);
  const files = limiter(limits.address);
  const callers = limiter(limits.client);
  const wrong = limiter(limits.wrongCredentials);
  const proven = createCache<true>({ max: mostProven, expiry: { ttl: trust, clock } });
  let warned = false;

  const refuse = (limit: LimitName, { msBeforeNext = 0 }: IRateLimiterRes): never => {
    metrics.limited({ limit });
    throw new Problem('too_many_requests', { headers: retryAfter(msBeforeNext) });
  };
  const refuseAbove = async (limit: LimitName, limiter: RateLimiterMemory | undefined, key: string) => {
    const found = await limiter?.get(key);
    if (found && found.consumedPoints >= (limiter?.points ?? 0)) refuse(limit, found);
  };

  /** Returns undefined if the address is that of a proxy, which all people share. */
  function networkOfCaller(request: Request): string | undefined {
    const peer = clientAddress({ ip: request.socket.remoteAddress });
    if (trustedProxyHops === 0 && isForwarded(request) && !(peer && isPublicAddress(peer))) {
      if (!warned)
        log.warn(
          'TRUSTED_PROXY_HOPS: a proxy states the clients’ addresses and is not trusted, so no limit counts by address',
        );
      warned = true;
      return undefined;
    }
    const address = clientAddress(request);
    return address && networkOf(address);
  }

  async function limitAddress(network: string | undefined, counted = addresses): Promise<void> {
    if (!counted || network === undefined) return;
    await counted.consume(network).catch((until: IRateLimiterRes) => refuse('address', until));
  }

  function penalizeAddress(network: string | undefined): void {
    if (network !== undefined) void addresses?.penalty(network);
  }

  async function byCaller(request: Request, response: Response, caller: ClaimedCaller): Promise<void> {
    const network = networkOfCaller(request);
    const { id, credential, changes } = caller;
    const place = `${network ?? ''} ${id}`;
    // A claimed id can be as long as a request, so the key is a hash.
    const attempt = hashOf(JSON.stringify([place, credential]));
    const proof = changes ? `${place} assertion` : attempt;
    // A public client proves nothing, so one address could use up the limit of all people with that app.
    const name = credential === '' ? place : id === '' ? hashOf(credential) : `${id} `;
    if (!proven.has(proof)) await limitAddress(network);
    await refuseAbove('wrong_credentials', wrong, attempt);
    await refuseAbove('client', callers, name);
    response.once('finish', () => {
      const { statusCode } = response;
      if (statusCode === 401) return void wrong?.penalty(attempt);
      if (statusCode < 400) proven.set(proof, true);
      // Another assertion has proven the caller, and this one may be a guess that was refused before anyone read it.
      if (changes && statusCode >= 400 && proven.has(proof)) return void penalizeAddress(network);
      if (proven.has(proof)) void callers?.penalty(name);
    });
  }

  return {
    byCaller,
    byAddress: async (request, _response, next) => {
      await limitAddress(networkOfCaller(request));
      next();
    },
    ofFiles: async (request, _response, next) => {
      await limitAddress(networkOfCaller(request), files);
      next();
    },
    byBearer: async (request, response, next) => {
      const credential = request.headers.authorization ?? '';
      // Without the header, all callers of an address look alike: a token may be in the body (RFC 6750 section 2.2).
      if (credential === '') await limitAddress(networkOfCaller(request));
      else await byCaller(request, response, { id: '', credential });
      next();
    },
  };
}

type LimitName = 'address' | 'client' | 'wrong_credentials';

function isForwarded({ headers }: Request): boolean {
  return headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
}

const hashOf = (text: string) => createHash('sha256').update(text).digest('base64url');

/** Returns the address, or the /56 network that a provider usually delegates to one IPv6 customer. */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  return parsed.kind() === 'ipv4' ? address : parsed.toByteArray().slice(0, 7).join('.');
}
