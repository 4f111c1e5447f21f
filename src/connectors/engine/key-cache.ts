import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Clock, hours, minutes, seconds } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import { retryAfterOf } from '../../kit/retry-after.ts';
import type { ProviderKeys } from '../contract/calls.ts';
import type { Step } from '../contract/failures.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { errorFromAnswer, errorWithoutAnswer } from './call-errors.ts';

/** The cached key set of a provider. */
export interface KeyCache extends ProviderKeys {
  /** Returns the key set from the cache, or from the provider. @throws OutboundError */
  get(): Promise<HttpAnswer>;
  /** Returns the key set from the provider. @throws OutboundError */
  refetch(): Promise<HttpAnswer>;
  /** Returns the number of key sets that were fetched. It tells whether the cached one has changed. */
  edition(): number;
  /**
   * Whether the JWS may be signed by a key newer than those of the edition `tried`, and the rate limit allows another fetch.
   */
  isBehind(jws: string, tried: number): Promise<boolean>;
}

/** Milliseconds for which cached keys are used without asking the provider. */
const fresh = minutes(10);
/** Milliseconds. Cached keys stay in use for this long while the provider does not answer. */
const usable = hours(2);
/** The rate limit for fetching newer keys, since any caller can send a token that no key has signed. */
const mostRefetches = 5;
const refetchesWithin = minutes(1);
/** Milliseconds. A fetch that failed is retried at once unless it took longer than this. */
const quickFailure = seconds(3);

/** `jwks`: the address of the key set; undefined if the provider publishes none. */
export function createKeyCache(
  jwks: string | undefined,
  { outbound, clock }: { readonly outbound: Outbound; readonly clock: Clock },
): KeyCache {
  let known: { readonly answer: HttpAnswer; readonly at: number } | undefined;
  let fetching: Promise<HttpAnswer> | undefined;
  /** The number of key sets that were fetched. It numbers the cached one. */
  let edition = 0;
  /** The times of the last fetches for newer keys, in epoch milliseconds. */
  let refetches: readonly number[] = [];

  async function fetched(): Promise<HttpAnswer> {
    if (jwks === undefined) throw new Error('this connection has no endpoint jwks');
    const response = await outbound.fetch(jwks, { headers: { accept: 'application/json' } });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    if (!keySetIn(answer)) return answer;
    known = { answer, at: clock.now().getTime() };
    edition += 1;
    return answer;
  }

  async function refetch(): Promise<HttpAnswer> {
    fetching ??= fetched().finally(() => {
      fetching = undefined;
    });
    return await fetching;
  }

  /** One retry after a quick failure: the sign-in would fail otherwise, and its code is already spent. */
  async function fetchWithRetry(): Promise<HttpAnswer> {
    const began = clock.now().getTime();
    const first = refetch();
    const got = await first.catch(() => undefined);
    const retries = got?.status !== 429 && clock.now().getTime() - began < quickFailure;
    return (got && keySetIn(got)) || !retries ? await first : await refetch();
  }

  async function get(): Promise<HttpAnswer> {
    const cached = known;
    const age = cached ? clock.now().getTime() - cached.at : Number.POSITIVE_INFINITY;
    if (cached && age < fresh) return cached.answer;
    if (!cached || age >= usable) return await fetchWithRetry();
    const newer = await refetch().catch(() => undefined);
    return newer && keySetIn(newer) ? newer : cached.answer;
  }

  /** Returns whether a newer key set may be fetched, and counts the fetch. `tried`: the edition that did not fit. */
  function mayFetchAgain(tried: number): boolean {
    const now = clock.now().getTime();
    refetches = refetches.filter((at) => now - at < refetchesWithin && at <= now);
    if (tried !== edition || refetches.length >= mostRefetches) return false;
    refetches = [...refetches, now];
    return true;
  }

  async function keysFrom(ask: () => Promise<HttpAnswer>, step: Step) {
    const got = await ask().catch((cause: unknown) => {
      throw errorWithoutAnswer(step, cause);
    });
    const keys = keySetIn(got);
    if (keys) return createLocalJWKSet(keys);
    const retryAfter = retryAfterOf(got.headers, clock.now());
    throw errorFromAnswer({ step, status: got.status, error: 'no_keys', body: {}, retryAfter }, undefined);
  }

  return {
    get,
    refetch,
    edition: () => edition,
    async isBehind(jws, tried) {
      const keys = known && keySetIn(known.answer);
      if (tried !== edition || !keys) return false;
      const fits = await compactVerify(jws, createLocalJWKSet(keys)).then(
        () => true,
        (error: unknown) => !fitsNoKey(error),
      );
      return !fits && mayFetchAgain(tried);
    },
    async verify(jwt, step, rules) {
      const keys = await keysFrom(get, step);
      const tried = edition;
      try {
        return await jwtVerify(jwt, keys, rules);
      } catch (error) {
        if (!fitsNoKey(error) || !mayFetchAgain(tried)) throw error;
        return await jwtVerify(jwt, await keysFrom(refetch, step), rules);
      }
    },
  };
}

function fitsNoKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

function keySetIn({ status, text }: HttpAnswer): JSONWebKeySet | undefined {
  if (status < 200 || status >= 300) return undefined;
  try {
    const { keys } = JSON.parse(text) as Partial<JSONWebKeySet>;
    return Array.isArray(keys) ? { keys } : undefined;
  } catch {
    return undefined;
  }
}
