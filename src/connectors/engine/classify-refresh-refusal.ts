import type { DeadReason, Failure, FailureSigns } from '../contract/failures.ts';
import { refusalWords, sameCode } from '../contract/refusal-words.ts';

// The general rule for refused refreshes, after RFC 6749 and the connector. Half the providers have their own codes for
// a dead grant. Only codes and phrases with one possible meaning are matched. Signs of a busy provider or of a wrong
// client are tested first, since discarding a working grant is the worse mistake.

/** The provider is busy, with this token or in general. The grant is still valid. */
const busy = [
  'being processed',
  'in progress',
  'concurrent',
  'too many',
  'rate limit',
  'ratelimit',
  'request limit',
  'quota',
  'throttl',
  'temporarily',
  'under maintenance',
  'timed out',
  'timeout',
  'service unavailable',
];

const misconfigured = new Set([
  'invalid_client',
  'invalid_client_id',
  'invalid_client_secret',
  'invalid_client_credentials',
  'incorrect_client_credentials',
  'bad_client_id',
  'bad_client_secret',
  'unknown_client',
  'client_not_found',
  'client_disabled',
  'disabled_client',
  'deleted_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'redirect_uri_mismatch',
]);

const dead: ReadonlyMap<string, DeadReason> = new Map([
  ...reasons('expired', [
    'token_expired',
    'expired_token',
    'refresh_token_expired',
    'expired_refresh_token',
    'grant_expired',
    'expired_grant',
    'session_expired',
    'authorization_expired',
  ]),
  ...reasons('revoked_by_user', [
    'token_revoked',
    'revoked_token',
    'refresh_token_revoked',
    'revoked_refresh_token',
    'grant_revoked',
    'consent_revoked',
    'access_revoked',
    'authorization_revoked',
  ]),
  ...reasons('rejected', [
    'invalid_grant',
    'bad_grant',
    'invalid_token',
    'token_invalid',
    'bad_token',
    'invalid_refresh_token',
    'refresh_token_invalid',
    'bad_refresh_token',
    'invalid_refreshtoken',
    'unknown_refresh_token',
    'refresh_token_not_found',
    'token_not_found',
    'inactive_token',
    'token_inactive',
    // Sent by Zoho for a refresh, where no code was sent.
    'invalid_code',
    'access_denied',
    'account_inactive',
    'account_disabled',
    'account_suspended',
    'account_deleted',
    'user_inactive',
    'user_disabled',
    'user_blocked',
    'user_deleted',
    'user_not_found',
    'user_suspended',
    // OpenID Connect Core 3.1.2.6: the person must act.
    'interaction_required',
    'login_required',
    'consent_required',
    'account_selection_required',
    'reauth_required',
    'reauthentication_required',
    'reauthorization_required',
  ]),
]);

const lost =
  '(?:expired|invalid|revoked|unknown|inactive|malformed|deleted|disabled|withdrawn|not valid|not found(?! in)|not active|no longer valid|not recognized)';
/** Up to four auxiliary words between the token and its loss. */
const verb = '(?:(?:is|was|has|have|are|been|already|provided|given|supplied|or)[ ,]+){0,4}';
/** "Refresh token has expired", "The refresh_token is invalid". */
const refreshTokenIsLost = new RegExp(`refresh[ _-]?token ${verb}${lost}(?![a-z])`);
/** "Expired refresh token", but not "invalid refresh token request". */
const lostRefreshToken = new RegExp(
  `\\b${lost}(?: or (?:expired|invalid|revoked))? refresh[ _-]?token(?! (?:grant|request|type|parameter))`,
);
/** "Token has been expired or revoked.", "Token is not active". */
const somethingIsLost = new RegExp(
  `\\b(?:token|grant|authorization|consent|session) ${verb}(?:expired|revoked|withdrawn|not active|inactive|no longer valid)(?![a-z])`,
);
/** "Invalid Token!": a refresh sends no other token. */
const lostToken =
  /\b(?:invalid|expired|revoked|unknown) token(?![ _-]*(?:type|request|endpoint|url|format|parameter|exchange))/;
/** Tokens of the client itself. */
const ofClient = /\b(?:app|application|client|tenant|component)[ _-](?:access[ _-])?token/;
/** An error about a code, although none was sent. Salesforce occasionally sends it for a valid refresh token. */
const ofCode = /\bauth(?:ori[sz]ation)?[ _-]code\b/;
const ofGrant = /refresh[ _-]?token|authorization grant/;

/** Classifies a refused refresh or trade of a valid token. Not for 5xx or 429. */
export function classifyRefreshRefusal(signs: FailureSigns): Failure {
  const words = refusalWords(signs.body);
  const { text } = words;
  if (isBusy(text)) return { kind: 'unavailable', retryAfter: signs.retryAfter };
  const codes = [signs.error, /error="([^"]+)"/.exec(signs.challenge ?? '')?.[1], ...words.codes].flatMap(
    (code) => (code === undefined ? [] : [sameCode(code)]),
  );
  /** The text says of the refresh token itself that it is lost. */
  const plainly = refreshTokenIsLost.test(text) || lostRefreshToken.test(text);
  if (codes.some((code) => misconfigured.has(code)) && !(plainly && !codes.includes('invalid_client')))
    return { kind: 'misconfigured' };
  const found = codes.map((code) => dead.get(code)).find((reason) => reason !== undefined);
  const doubtful = !plainly && (text.includes('try again') || (ofCode.test(text) && !ofGrant.test(text)));
  if (found) return { kind: 'grant-dead', reason: found, ...(doubtful && { doubtful }) };
  if (text.includes('try again') && !plainly) return { kind: 'unavailable', retryAfter: signs.retryAfter };
  if (plainly || ((somethingIsLost.test(text) || lostToken.test(text)) && !ofClient.test(text)))
    return { kind: 'grant-dead', reason: reasonIn(text) };
  return signs.status === 401 ? bare401(signs, codes, text) : { kind: 'unknown' };
}

/** Returns whether a refusal says that the provider is busy, and not that the grant is dead. */
export function isBusy(text: string): boolean {
  return busy.some((phrase) => text.includes(phrase)) && !refreshTokenIsLost.test(text);
}

/**
 * Classifies a 401 without a known code. RFC 6749 section 5.2 has `invalid_client` and a challenge for a refused client,
 * so a bare 401 is about the token.
 */
function bare401(signs: FailureSigns, codes: readonly string[], text: string): Failure {
  const aboutClient = /\b(?:client|secret|credentials?|application|app|api key|signature)\b/.test(text);
  if (aboutClient || /^basic\b/i.test(signs.challenge ?? '')) return { kind: 'misconfigured' };
  const says = codes.filter(
    (code) => !/^(?:\d+|unauthori[sz]ed|not_authori[sz]ed|unauthenticated|error)$/.test(code),
  );
  return signs.page || (signs.error !== undefined && says.length > 0)
    ? { kind: 'unknown' }
    : { kind: 'grant-dead', reason: 'rejected', bare: true };
}

function reasonIn(text: string): DeadReason {
  const [expired, revoked] = [text.includes('expired'), /\b(?:revoked|withdrawn)\b/.test(text)];
  if (expired === revoked) return 'rejected';
  return expired ? 'expired' : 'revoked_by_user';
}

function reasons(reason: DeadReason, codes: readonly string[]): [string, DeadReason][] {
  return codes.map((code) => [code, reason]);
}
