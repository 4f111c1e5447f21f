import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';

const errors: Record<Problem, readonly [error: number, description: string]> = {
  missing: [96002, 'required parameter missing'],
  request: [96002, 'invalid request'],
  grant_type: [96006, 'unsupported grant type'],
  client_unknown: [96001, 'client does not exist'],
  client_secret: [96003, 'client_id and client_secret do not match'],
  code_unknown: [96013, 'invalid authorization code'],
  code_used: [96013, 'invalid authorization code'],
  code_expired: [96013, 'invalid authorization code'],
  redirect_mismatch: [96010, 'invalid redirect uri'],
  verifier: [96002, 'invalid request'],
  refresh_unknown: [96009, 'invalid refresh token'],
  refresh_expired: [96009, 'invalid refresh token'],
  refresh_revoked: [96009, 'invalid refresh token'],
  token_missing: [96002, 'required parameter missing'],
  token_unknown: [96009, 'invalid access token'],
  token_expired: [96008, 'access token expired'],
  token_revoked: [96012, 'access denied'],
  subject_mismatch: [96012, 'access denied'],
  scope: [96007, 'invalid scope'],
  proof: [96012, 'access denied'],
  busy: [96000, 'server error'],
};

/** Returns an error: the token endpoint's with status 200 and the prefix, the API's with 403. */
export function refuse(problem: Problem, call: Call): Reply {
  const [error, error_description] = errors[problem];
  if (!call.path.includes('/user/')) return prefixed({ error, error_description });
  return json({ result: 'error', code: error, description: error_description }, 403);
}

export function prefixed(body: Record<string, unknown>): Reply {
  return { ...json(body), wrap: (text) => `&&&START&&&${text}` };
}
