import { asObject, type Json, type JsonObject, parseExactJson, tryParse } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { Traits } from '../contract/contract.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import type { TokenSet } from '../contract/upstream-sign-in.ts';
import { grantedScopes } from './granted-scopes.ts';
import { accessLifetimeIn, cautiousLifetime, jwtLifetime, refreshLifetimeIn } from './lifetime.ts';

/** Characters. No provider issues longer tokens, and an app could not send them in a header. */
const longestToken = 64_000;

/** The members in which some providers put the whole answer. */
const envelopes = ['data', 'result'];

/**
 * Returns a token answer in the common form: a JSON object without an envelope and without null or empty members. An
 * answer without an access token stays unchanged, unless it is a form.
 */
export function normalizeTokenAnswer(answer: HttpAnswer): HttpAnswer {
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

/** Whether a normalized answer contains a usable access token. */
export function bringsToken({ status, text }: HttpAnswer): boolean {
  return isSuccess(status) && accessTokenIn(asObject(tryParse(text)) ?? {}) !== undefined;
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/**
 * Returns the part of an answer that the strict client checks: that there is a token, and at a sign-in the ID token.
 * `tokenSetOf` reads the rest and tolerates odd details, since the provider has already rotated the refresh token. The ID
 * token of a refresh is checked after the save, that of an OAuth 2.0 provider is ignored.
 */
export function forStrictClient(answer: HttpAnswer, idTokenCounts: boolean): HttpAnswer {
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

/** The inputs beside an answer that its reading depends on. */
export interface TokenReading {
  readonly traits: Pick<Traits, 'scopes' | 'refresh'>;
  /** The scopes that were requested, for names with a comma. */
  readonly asked: readonly string[];
  readonly now: Date;
  readonly parametersOf: (accessToken: Secret, extra: JsonObject) => Readonly<Record<string, string>>;
}

/**
 * Returns the token set of a normalized answer. @throws Error when the access token would not fit in a header or a row
 */
export function tokenSetOf(text: string, { traits, asked, now, parametersOf }: TokenReading): TokenSet {
  const body = asObject(parseExactJson(text)) ?? {};
  const access = accessTokenIn(body);
  if (access === undefined)
    throw new Error('the answer holds no access token of visible ASCII and sensible length');
  const accessToken = new Secret(access);
  const { access_token: _access, refresh_token: refresh, id_token: _id, ...extra } = body;
  const refreshToken = refreshTokenIn(refresh);
  const stated = accessLifetimeIn(body, now);
  const inToken = jwtLifetime(access, now);
  const known = [stated, inToken].find((lifetime) => typeof lifetime === 'number');
  // Some providers without refresh tokens send 0 for "no end". With a refresh token, a short lifetime costs little.
  const isUnreadable = stated === 'unreadable' && (refreshToken !== undefined || !isZero(body.expires_in));
  const cautious = isUnreadable || inToken === 'unreadable';
  const { accessLifetime, refreshLifetime } = traits.refresh;
  const refreshStated = refreshLifetimeIn(body, now);
  return {
    accessToken,
    refreshToken,
    statedLifetime: known,
    expiresIn: known ?? accessLifetime ?? (cautious ? cautiousLifetime : undefined),
    refreshExpiresIn: typeof refreshStated === 'number' ? refreshStated : refreshLifetime,
    ...(typeof refreshStated === 'number' && { statesRefreshEnd: true }),
    scopes: grantedScopes(body.scope, traits, asked),
    parameters: parametersOf(accessToken, extra),
    extra,
  };
}

/** Returns the members of a form, which GitHub sends by default, as older providers do. RFC 6749 requires JSON. */
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

/** Returns the answer without white space around its access token, which no header could carry. */
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

/** Returns an access token of visible ASCII (RFC 6749 appendix A.12), as a bearer token must be. */
function accessTokenIn({ access_token: token }: JsonObject): string | undefined {
  const fits = typeof token === 'string' && token.length <= longestToken && /^[\x20-\x7e]+$/.test(token);
  return fits ? token : undefined;
}

/** Returns the exact refresh token: it is sent in a form, which carries any text. Other values keep the stored one. */
function refreshTokenIn(value: Json | undefined): Secret | undefined {
  // A number is read as its digits.
  const token = typeof value === 'number' ? String(value) : value;
  if (typeof token !== 'string') return undefined;
  return token !== '' && token.length <= longestToken && token.isWellFormed() ? new Secret(token) : undefined;
}
