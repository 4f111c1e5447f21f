import type { Problem } from '../core/refusal.ts';
import { type Call, json, type Reply } from '../core/wire.ts';

export type RfcError = readonly [status: number, error: string, description: string];

const errors: Record<Problem, RfcError> = {
  missing: [400, 'invalid_request', 'Missing required parameter: '],
  request: [400, 'invalid_request', ''],
  grant_type: [400, 'unsupported_grant_type', 'Unsupported grant type.'],
  client_unknown: [401, 'invalid_client', 'Unknown client.'],
  client_secret: [401, 'invalid_client', 'Client authentication failed.'],
  code_unknown: [400, 'invalid_grant', 'The authorization code is invalid.'],
  code_used: [400, 'invalid_grant', 'The authorization code was already used.'],
  code_expired: [400, 'invalid_grant', 'The authorization code has expired.'],
  redirect_mismatch: [400, 'invalid_grant', 'The redirect_uri does not match.'],
  verifier: [400, 'invalid_grant', 'The code_verifier is wrong.'],
  refresh_unknown: [400, 'invalid_grant', 'The refresh token is invalid.'],
  refresh_expired: [400, 'invalid_grant', 'The refresh token has expired.'],
  refresh_revoked: [400, 'invalid_grant', 'The refresh token was revoked.'],
  token_missing: [401, 'invalid_request', 'No access token.'],
  token_unknown: [401, 'invalid_token', 'The access token is invalid.'],
  token_expired: [401, 'invalid_token', 'The access token has expired.'],
  token_revoked: [401, 'invalid_token', 'The access token was revoked.'],
  subject_mismatch: [403, 'access_denied', 'The token belongs to another person.'],
  scope: [403, 'insufficient_scope', 'The token lacks a scope.'],
  proof: [400, 'invalid_request', 'The proof of possession is wrong.'],
  busy: [503, 'temporarily_unavailable', 'Try again later.'],
};

/** Returns the answer to a refusal by RFC 6749 and RFC 6750, for providers without errors of their own. */
export function rfcDialect(
  own: Partial<Record<Problem, RfcError>> = {},
): (problem: Problem, call: Call, detail: string) => Reply {
  return (problem, _call, detail) => {
    const [status, error, text] = own[problem] ?? errors[problem];
    const description = text.endsWith(': ') || text === '' ? text + detail : text;
    const challenge = problem.startsWith('token_') ? { 'www-authenticate': `Bearer error="${error}"` } : {};
    return json({ error, error_description: description }, status, challenge);
  };
}
