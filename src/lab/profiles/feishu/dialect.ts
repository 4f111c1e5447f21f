import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

type Words = readonly [status: number, code: number, error: string, description: string];

const invalidGrant = (code: number, description: string): Words => [400, code, 'invalid_grant', description];

const errors: Record<Problem, Words> = {
  missing: [400, 20001, 'invalid_request', 'The request is missing a required parameter.'],
  request: [400, 20001, 'invalid_request', 'The request is malformed.'],
  grant_type: [400, 20036, 'unsupported_grant_type', 'The specified grant_type is not supported.'],
  client_unknown: [400, 20002, 'invalid_client', 'The client is unknown.'],
  client_secret: [400, 20002, 'invalid_client', 'The client secret is invalid.'],
  code_unknown: invalidGrant(20003, 'The authorization code is not found.'),
  code_used: invalidGrant(20003, 'The authorization code is not found.'),
  code_expired: invalidGrant(20003, 'The authorization code is not found.'),
  redirect_mismatch: [400, 20029, 'invalid_request', 'The redirect_uri is invalid.'],
  verifier: invalidGrant(20049, 'The code_verifier does not match the code_challenge.'),
  refresh_unknown: invalidGrant(20026, 'The refresh token is invalid.'),
  refresh_expired: invalidGrant(20037, 'The refresh token has expired.'),
  refresh_revoked: invalidGrant(20064, 'The refresh token has been revoked.'),
  token_missing: [400, 99991661, '', 'Missing access token for authorization'],
  token_unknown: [401, 99991668, '', 'Invalid access token for authorization'],
  token_expired: [401, 99991677, '', 'Authentication token expired'],
  token_revoked: [401, 99991668, '', 'Invalid access token for authorization'],
  subject_mismatch: [400, 99991668, '', 'Invalid access token for authorization'],
  scope: [400, 99991679, '', 'Unauthorized. The user has not granted the scope.'],
  proof: [400, 20001, 'invalid_request', 'The request is malformed.'],
  busy: [503, 20050, 'server_error', 'Try again later.'],
};

export function refuse(problem: Problem, call: Call, detail: string): Reply {
  if (problem === 'refresh_revoked' && detail === 'rotated')
    return say(invalidGrant(20073, 'the refresh token has already been used'));
  const words = errors[problem];
  if (!call.path.includes('/user_info')) return say(words);
  const [status, code, , msg] = words;
  return json({ code, msg }, status);
}

function say([status, code, error, error_description]: Words): Reply {
  return json({ code, error, error_description }, status);
}

export const feishuFaults: Record<string, ProfileFault> = {
  offline_not_enabled: {
    reply: () => say([400, 20027, 'invalid_scope', 'The app has not applied for offline_access.']),
  },
  rate_limit: { reply: () => json({ code: 99991400, msg: 'request trigger frequency limit' }, 400) },
};
