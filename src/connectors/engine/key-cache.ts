import { compactVerify, createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';
import { type Clock, hours, minutes, seconds } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import { retryAfterOf } from '../../kit/retry-after.ts';
import type { ProviderKeys } from '../contract/calls.ts';
import type { WireAnswer } from '../contract/conform.ts';
import type { Step } from '../contract/failures.ts';
import { errorFromAnswer, errorWithoutAnswer } from './call-errors.ts';

/** The cached key set of a provider. */
export interface KeyCache extends ProviderKeys {
  /** Returns the key set from the cache, or from the provider. @throws OutboundError */
  answer(): Promise<WireAnswer>;
  /** Returns the key set from the provider. @throws OutboundError */
  anew(): Promise<WireAnswer>;
  /** Counts the key sets that were fetched. */
  edition(): number;
  /**
   * Whether the JWS may be signed by a key newer than those of this edition, and the rate limit allows another fetch.
   */
  isBehind(jws: string, edition: number): Promise<boolean>;
}

const fresh = minutes(10);
/** Cached keys stay in use for this long while the provider does not answer. */
const usable = hours(2);
/** The rate limit for fetching newer keys, since any caller can send a token that no key has signed. */
const mostRenewals = 5;
const renewalsWithin = minutes(1);
/** A fetch that failed is retried at once unless it took longer than this. */
const quickFailure = seconds(3);

/** `jwks`: the address of the key set; undefined if the provider publishes none. */
export function createKeyCache(
  jwks: string | undefined,
  { outbound, clock }: { readonly outbound: Outbound; readonly clock: Clock },
): KeyCache {
  let known: { readonly answer: WireAnswer; readonly at: number } | undefined;
  let asking: Promise<WireAnswer> | undefined;
  let count = 0;
  let renewals: readonly number[] = [];

  async function fetched(): Promise<WireAnswer> {
    if (jwks === undefined) throw new Error('this connection has no endpoint jwks');
    const response = await outbound.fetch(jwks, { headers: { accept: 'application/json' } });
    const answer = { status: response.status, headers: response.headers, text: await response.text() };
    if (!keySetIn(answer)) return answer;
    known = { answer, at: clock.now().getTime() };
    count += 1;
    return answer;
  }

  async function anew(): Promise<WireAnswer> {
    asking ??= fetched().finally(() => {
      asking = undefined;
    });
    return await asking;
  }

  /** One retry after a quick failure: the sign-in would fail otherwise, and its code is already spent. */
  async function twice(): Promise<WireAnswer> {
    const began = clock.now().getTime();
    const first = anew();
    const got = await first.catch(() => undefined);
    const retries = got?.status !== 429 && clock.now().getTime() - began < quickFailure;
    return (got && keySetIn(got)) || !retries ? await first : await anew();
  }

  async function answer(): Promise<WireAnswer> {
    const held = known;
    const age = held ? clock.now().getTime() - held.at : Number.POSITIVE_INFINITY;
    if (held && age < fresh) return held.answer;
    if (!held || age >= usable) return await twice();
    const newer = await anew().catch(() => undefined);
    return newer && keySetIn(newer) ? newer : held.answer;
  }

  function mayRenew(edition: number): boolean {
    const now = clock.now().getTime();
    renewals = renewals.filter((at) => now - at < renewalsWithin && at <= now);
    if (edition !== count || renewals.length >= mostRenewals) return false;
    renewals = [...renewals, now];
    return true;
  }

  async function keysFrom(ask: () => Promise<WireAnswer>, step: Step) {
    const got = await ask().catch((cause: unknown) => {
      throw errorWithoutAnswer(step, cause);
    });
    const keys = keySetIn(got);
    if (keys) return createLocalJWKSet(keys);
    const retryAfter = retryAfterOf(got.headers, clock.now());
    throw errorFromAnswer({ step, status: got.status, error: 'no_keys', body: {}, retryAfter }, undefined);
  }

  return {
    answer,
    anew,
    edition: () => count,
    async isBehind(jws, edition) {
      const keys = known && keySetIn(known.answer);
      if (edition !== count || !keys) return false;
      const fits = await compactVerify(jws, createLocalJWKSet(keys)).then(
        () => true,
        (error: unknown) => !fitsNoKey(error),
      );
      return !fits && mayRenew(edition);
    },
    async verify(jwt, step, rules) {
      const keys = await keysFrom(answer, step);
      const edition = count;
      try {
        return await jwtVerify(jwt, keys, rules);
      } catch (error) {
        if (!fitsNoKey(error) || !mayRenew(edition)) throw error;
        return await jwtVerify(jwt, await keysFrom(anew, step), rules);
      }
    },
  };
}

function fitsNoKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

function keySetIn({ status, text }: WireAnswer): JSONWebKeySet | undefined {
  if (status < 200 || status >= 300) return undefined;
  try {
    const { keys } = JSON.parse(text) as Partial<JSONWebKeySet>;
    return Array.isArray(keys) ? { keys } : undefined;
  } catch {
    return undefined;
  }
}
