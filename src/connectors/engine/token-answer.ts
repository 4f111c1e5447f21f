import { type Json, parseExactJson } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { WireAnswer } from '../contract/conform.ts';
import type { Traits } from '../contract/contract.ts';
import type { TokenSet } from '../contract/upstream-sign-in.ts';
import { asObject, type JsonObject, tryParse } from '../contract/wire.ts';
import { grantedScopes } from './granted-scopes.ts';
import { accessLifetimeIn, cautiousLifetime, jwtLifetime, refreshLifetimeIn } from './lifetime.ts';

/** Characters. No provider issues longer ones, and an app could not send them in a header. */
const longestToken = 64_000;

/** Members in which some providers put the whole answer. */
const envelopes = ['data', 'result'];

/**
 * The form that every token answer is brought to: a JSON object without an envelope, and nothing in it that is there but null or
 * empty. An answer without an access token stays as it is, but for a form.
 */
export function normalizeTokenAnswer(answer: WireAnswer): WireAnswer {
  const json = asObject(tryParse(answer.text));
  const found = json ?? formIn(answer.text);
  if (!found) return answer;
  const body = trimmed(outOfEnvelope(found));
  if (json && accessTokenIn(body) === undefined) return answer;
  const given = Object.entries(body).filter(([name, value]) => !isAbsent(name, value));
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/json');
  return { ...answer, headers, text: JSON.stringify(Object.fromEntries(given)) };
}

/** Whether a normal answer brings an access token that can be used, whatever else is in it. */
export function bringsToken({ status, text }: WireAnswer): boolean {
  return isSuccess(status) && accessTokenIn(asObject(tryParse(text)) ?? {}) !== undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * As much of an answer that brings a token as the strict client has to judge: that there is one, and at a sign-in the ID
 * token. All else is read by `tokenSetOf`, which refuses nothing over a detail: the provider has rotated by now. An ID
 * token that comes with a refresh is looked at after the save, and that of an OAuth 2.0 provider not at all.
 */
export function forStrictClient(answer: WireAnswer, idTokenCounts: boolean): WireAnswer {
  const { id_token: idToken } = asObject(tryParse(answer.text)) ?? {};
  const body = {
    access_token: 'read elsewhere',
    token_type: 'bearer',
    ...(idTokenCounts && idToken !== undefined && { id_token: idToken }),
  };
  return {
    status: 200,
    headers: new Headers({ 'content-type': 'application/json' }),
    text: JSON.stringify(body),
  };
}

/** Inputs that reading an answer depends on besides itself. */
export interface TokenReading {
  readonly traits: Pick<Traits, 'scopes' | 'refresh'>;
  /** Scopes that were asked for. */
  readonly asked: readonly string[];
  readonly now: Date;
  readonly parametersOf: (accessToken: Secret, extra: JsonObject) => Readonly<Record<string, string>>;
}

/** The normal answer as a token set. @throws Error when the access token could not be carried in a header or a row. */
export function tokenSetOf(text: string, { traits, asked, now, parametersOf }: TokenReading): TokenSet {
  const body = asObject(parseExactJson(text)) ?? {};
  const access = accessTokenIn(body);
  if (access === undefined)
    throw new Error('the answer holds no access token of visible ASCII and sensible length');
  const accessToken = new Secret(access);
  const { access_token: _access, refresh_token: refresh, id_token: _id, ...extra } = body;
  const refreshToken = refreshTokenIn(refresh);
  const stated = accessLifetimeIn(body, now);
  const byItself = jwtLifetime(access, now);
  const own = [stated, byItself].find((lifetime) => typeof lifetime === 'number');
  // 0 says "no end" with some who issue nothing to refresh by; where it can be refreshed, caution costs little.
  const unread = stated === 'unreadable' && (refreshToken !== undefined || !isZero(body.expires_in));
  const cautious = unread || byItself === 'unreadable';
  const { accessLifetime, refreshLifetime } = traits.refresh;
  const refreshStated = refreshLifetimeIn(body, now);
  return {
    accessToken,
    refreshToken,
    statedLifetime: own,
    expiresIn: own ?? accessLifetime ?? (cautious ? cautiousLifetime : undefined),
    refreshExpiresIn: typeof refreshStated === 'number' ? refreshStated : refreshLifetime,
    ...(typeof refreshStated === 'number' && { statesRefreshEnd: true }),
    scopes: grantedScopes(body.scope, traits, asked),
    parameters: parametersOf(accessToken, extra),
    extra,
  };
}

/** RFC 6749 has JSON; GitHub by default and older ones answer a form. */
function formIn(text: string): JsonObject | undefined {
  const form = text.trim();
  if (!/^[\w.-]+=/.test(form) || /[\s<>{}"]/.test(form)) return undefined;
  const body = Object.fromEntries(new URLSearchParams(form));
  return 'access_token' in body || 'error' in body ? body : undefined;
}

function outOfEnvelope(body: JsonObject): JsonObject {
  if (body.access_token !== undefined && body.access_token !== null) return body;
  const inside = envelopes.map((name) => asObject(body[name])).find((one) => one && accessTokenIn(one));
  return inside ?? body;
}

/** White space around an access token is a slip of the pen: no header could carry it. */
function trimmed(body: JsonObject): JsonObject {
  const { access_token: token } = body;
  return typeof token === 'string' ? { ...body, access_token: token.trim() } : body;
}

function isAbsent(name: string, value: Json | undefined): boolean {
  return value === null || (value === '' && name !== 'scope');
}

function isZero(value: Json | undefined): boolean {
  return typeof value === 'number' ? value <= 0 : /^\s*-?[\d.]+\s*$/.test(String(value ?? ''));
}

/** Visible ASCII (RFC 6749 appendix A.12): anything else could not travel as a bearer token. */
function accessTokenIn({ access_token: token }: JsonObject): string | undefined {
  const fits = typeof token === 'string' && token.length <= longestToken && /^[\x20-\x7e]+$/.test(token);
  return fits ? token : undefined;
}

/** To the letter, since it goes back in a form, which carries any text. Any other value leaves the held one in place. */
function refreshTokenIn(value: Json | undefined): Secret | undefined {
  // A number counts as its digits.
  const token = typeof value === 'number' ? String(value) : value;
  if (typeof token !== 'string') return undefined;
  return token !== '' && token.length <= longestToken && token.isWellFormed() ? new Secret(token) : undefined;
}
