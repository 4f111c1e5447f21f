import { random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

const errors: Record<Problem, readonly [code: number, description: string]> = {
  missing: [10005, 'missing parameter'],
  request: [10002, 'parameter error'],
  grant_type: [10002, 'parameter error'],
  client_unknown: [10003, 'client_key does not exist'],
  client_secret: [10013, 'client_key or client_secret is wrong'],
  code_unknown: [10007, 'the code has expired'],
  code_used: [10007, 'the code has expired'],
  code_expired: [10007, 'the code has expired'],
  redirect_mismatch: [10002, 'parameter error'],
  verifier: [10002, 'parameter error'],
  refresh_unknown: [10010, 'refresh_token expired'],
  refresh_expired: [10010, 'refresh_token expired'],
  refresh_revoked: [10010, 'refresh_token expired'],
  token_missing: [28001003, 'access_token is invalid'],
  token_unknown: [28001003, 'access_token is invalid'],
  token_expired: [28001008, 'access_token expired, please refresh or authorize again'],
  token_revoked: [28001003, 'access_token is invalid'],
  subject_mismatch: [28001015, 'access_token and open_id do not match'],
  scope: [28001018, 'the application lacks this capability'],
  proof: [10002, 'parameter error'],
  busy: [28001005, 'system busy, please try again later'],
};

export function refuse(problem: Problem): Reply {
  return error(...errors[problem]);
}

/** Errors, always with HTTP 200. */
function error(error_code: number, description: string): Reply {
  return json({
    data: { captcha: '', desc_url: '', description, error_code, log_id: logId() },
    message: 'error',
  });
}

export function succeed(data: Record<string, unknown>): Reply {
  return json({ data: { ...data, error_code: 0, description: '', log_id: logId() }, message: 'success' });
}

/** Returns an answer of the API, whose envelope differs and whose zeroes are texts. */
export function tell(data: Record<string, unknown>): Reply {
  const log_id = logId();
  return json({
    data: { ...data, error_code: '0', description: '', log_id },
    err_no: 0,
    err_msg: '',
    log_id,
  });
}

function logId(): string {
  return random(32, '0123456789ABCDEF');
}

export const douyinFaults: Record<string, ProfileFault> = {
  rate_limit: { reply: () => error(28003018, 'too many requests') },
  user_deregistered: { reply: () => error(28001045, 'the user has deregistered') },
};
