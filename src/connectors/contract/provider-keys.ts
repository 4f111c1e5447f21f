import {
  compactVerify,
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose';
import { type Clock, hours, minutes, seconds } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { WireAnswer } from './conform.ts';
import { retryAfterOf, type Step, unansweredError } from './failures.ts';
import { upstreamError } from './judge-answer.ts';

/** The keys a provider signs with, fetched once for many signatures. */
export interface ProviderKeys {
  /** Returns the key set from the provider, or from the cache. @throws OutboundError */
  answer(): Promise<WireAnswer>;
  /** The same, asked for now. */
  anew(): Promise<WireAnswer>;
  /** Changes whenever a key set has come. */
  edition(): number;
  /** Whether the provider may have signed this JWS by a key newer than those of this edition, and can be asked for it. */
  isBehind(jws: string, edition: number): Promise<boolean>;
  /** @throws UpstreamError when no keys are to be had, else Error for a JWT that must not be believed */
  verify(jwt: string, step: Step, rules: JWTVerifyOptions): Promise<JWTVerifyResult>;
}

const fresh = minutes(10);
/** Keys whose provider does not answer for a while go on being used. */
const usable = hours(2);
/** Any caller can bring a token that no key has signed: the rate limit for asking the provider for newer keys. */
const mostRenewals = 5;
const renewalsWithin = minutes(1);
/** A failure that took longer is not asked about a second time. */
const stumble = seconds(3);

/** Undefined `jwks`: the provider publishes none. */
export function createProviderKeys(
  jwks: string | undefined,
  { outbound, clock }: { readonly outbound: Outbound; readonly clock: Clock },
): ProviderKeys {
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

  /** One retry. A person waits who has spent a code, and tokens may come but once: a stumble is not to cost them. */
  async function twice(): Promise<WireAnswer> {
    const began = clock.now().getTime();
    const first = anew();
    const got = await first.catch(() => undefined);
    const isStumble = got?.status !== 429 && clock.now().getTime() - began < stumble;
    return (got && keySetIn(got)) || !isStumble ? await first : await anew();
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
      throw unansweredError(step, cause);
    });
    const keys = keySetIn(got);
    if (keys) return createLocalJWKSet(keys);
    const retryAfter = retryAfterOf(got.headers, clock.now());
    throw upstreamError({ step, status: got.status, error: 'no_keys', body: {}, retryAfter }, undefined);
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
