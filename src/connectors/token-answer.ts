import { type Json, parseExactJson } from '../kit/exact-json.ts';
import { Secret } from '../kit/secret.ts';
import type { TokenSet } from './arrived.ts';
import type { WireAnswer } from './conform.ts';
import type { Connector, Traits } from './contract.ts';
import { isPlain } from './plain-text.ts';
import { asObject, type JsonObject, tryParse } from './wire.ts';

const longestLifetime = 10 * 365 * 86_400;
const longestToken = 16_384;
const longestScope = 512;
const mostScopes = 500;

/**
 * What every token answer is brought to before the strict client reads it: a JSON content type, a `token_type`
 * (half the providers forget it), lifetimes that are whole positive seconds or absent, and nothing that is there but
 * null or empty. What an OAuth 2.0 provider sends beside as an ID token nobody asked for, and nobody reads.
 */
export function normalizeTokenAnswer(answer: WireAnswer, family: Connector['family']): WireAnswer {
  const body = asObject(tryParse(answer.text));
  if (!body || typeof body.access_token !== 'string') return answer;
  const { expires_in: expiresIn, id_token: idToken, ...rest } = body;
  const lifetime = positiveSeconds(expiresIn);
  const given = Object.entries(rest).filter(([name, value]) => !isAbsent(name, value));
  const normal = {
    token_type: 'bearer',
    ...Object.fromEntries(given),
    ...(lifetime !== undefined && { expires_in: lifetime }),
    ...(family === 'oidc' && idToken !== undefined && { id_token: idToken }),
  };
  const headers = new Headers(answer.headers);
  headers.set('content-type', 'application/json');
  return { ...answer, headers, text: JSON.stringify(normal) };
}

/** The conformed answer as a token set. @throws Error when a token could not be carried in a header or a row. */
export function tokenSetOf(text: string, traits: Traits, registrationParameters: ParametersOf): TokenSet {
  const body = asObject(parseExactJson(text)) ?? {};
  const accessToken = new Secret(token(body.access_token));
  const { access_token: _access, refresh_token: refresh, id_token: _id, ...extra } = body;
  const { refresh: lifetimes } = traits;
  const stated = positiveSeconds(body.refresh_token_expires_in) ?? positiveSeconds(body.refresh_expires_in);
  return {
    accessToken,
    refreshToken: refresh === undefined ? undefined : new Secret(token(refresh)),
    expiresIn: positiveSeconds(body.expires_in) ?? lifetimes.accessLifetime,
    refreshExpiresIn: stated ?? lifetimes.refreshLifetime,
    ...(stated !== undefined && { statesRefreshEnd: true }),
    scopes: grantedScopes(body, traits),
    parameters: registrationParameters(accessToken, extra),
    extra,
  };
}

function isAbsent(name: string, value: Json | undefined): boolean {
  return value === null || (value === '' && name !== 'scope');
}

export type ParametersOf = (accessToken: Secret, extra: JsonObject) => Readonly<Record<string, string>>;

function token(value: Json | undefined): string {
  // Visible ASCII (RFC 6749 appendix A.12): anything else could not travel as a bearer token.
  const fits = typeof value === 'string' && value.length <= longestToken && /^[\x20-\x7e]+$/.test(value);
  if (!fits) throw new Error('the answer holds a token that is not visible ASCII of sensible length');
  return value;
}

function positiveSeconds(value: Json | undefined): number | undefined {
  const number = typeof value === 'string' && /^\d{1,12}$/.test(value) ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number) || number <= 0) return undefined;
  return Math.min(Math.floor(number), longestLifetime);
}

function grantedScopes(body: JsonObject, { scopes }: Traits): readonly string[] | undefined {
  if (typeof body.scope !== 'string') return undefined;
  const separator = scopes.grantedSeparator ?? scopes.separator;
  // RFC 6749 section 3.3: no scope has a space in it, whatever else stands between two.
  const names = body.scope.split(separator === ' ' ? ' ' : /[\s,]+/).map((scope) => scope.trim());
  const usable = names.filter((name) => name !== '' && name.length <= longestScope && isPlain(name));
  return [...new Set(usable.map((name) => scopes.synonyms?.[name] ?? name))].slice(0, mostScopes);
}
