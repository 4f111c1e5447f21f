import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

const errors: Record<Problem, readonly [error: number, description: string]> = {
  missing: [100001, 'param is wrong or lost'],
  request: [100000, 'param is wrong'],
  grant_type: [100004, 'param grant_type is wrong or lost'],
  client_unknown: [100008, 'client id is illegal'],
  client_secret: [100009, 'client secret is illegal'],
  code_unknown: [100019, 'code to access token error'],
  code_used: [100020, 'code is reused error'],
  code_expired: [100019, 'code to access token error'],
  redirect_mismatch: [100010, 'redirect uri is illegal'],
  verifier: [100000, 'param is wrong'],
  refresh_unknown: [100016, 'access token check failed'],
  refresh_expired: [100014, 'access token expired'],
  refresh_revoked: [100015, 'access token revoked'],
  token_missing: [100007, 'param access token is wrong or lost'],
  token_unknown: [100016, 'access token check failed'],
  token_expired: [100014, 'access token expired'],
  token_revoked: [100015, 'access token revoked'],
  subject_mismatch: [100007, 'param openid is wrong'],
  scope: [100030, 'user not authorized'],
  proof: [100000, 'param is wrong'],
  busy: [100000, 'busy'],
};

/** Errors, always with HTTP 200: JSONP unless the call requested JSON. The API has other members. */
export function refuse(problem: Problem, call: Call, _detail: string): Reply {
  const [error, error_description] = errors[problem];
  if (call.path.includes('/user/')) return json({ ret: error, msg: error_description });
  return say(call, { error, error_description });
}

export function say(call: Call, body: Record<string, unknown>): Reply {
  if (call.query.get('fmt') === 'json') return json(body);
  return { ...json(body), wrap: (text) => `callback( ${text} );\n` };
}

export const qqFaults: Record<string, ProfileFault> = {
  token_revoked: { reply: (call) => refuse('token_revoked', call, '') },
  /** The app has no approval for unionids; the profile's own code reads this fault. */
  unionid_not_granted: {},
};
