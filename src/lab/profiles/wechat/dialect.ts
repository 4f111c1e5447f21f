import { random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { isRecord, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

const errors: Record<Problem, readonly [errcode: number, errmsg: string]> = {
  missing: [41000, 'missing parameter'],
  request: [-1, 'system error'],
  grant_type: [40002, 'invalid grant_type'],
  client_unknown: [40013, 'invalid appid'],
  client_secret: [40125, 'invalid appsecret'],
  code_unknown: [40029, 'invalid code'],
  code_used: [40163, 'code been used'],
  code_expired: [42003, 'code expired'],
  redirect_mismatch: [-1, 'system error'],
  verifier: [-1, 'system error'],
  refresh_unknown: [40030, 'invalid refresh_token'],
  refresh_expired: [42002, 'refresh_token expired'],
  refresh_revoked: [40030, 'invalid refresh_token'],
  token_missing: [41001, 'access_token missing'],
  token_unknown: [40014, 'invalid access_token'],
  token_expired: [42001, 'access_token expired'],
  token_revoked: [40001, 'invalid credential, access_token is invalid or not latest'],
  subject_mismatch: [40003, 'invalid openid'],
  scope: [48001, 'api unauthorized'],
  proof: [-1, 'system error'],
  busy: [-1, 'system error'],
};

const missing: Record<string, readonly [errcode: number, errmsg: string]> = {
  appid: [41002, 'appid missing'],
  refresh_token: [41003, 'refresh_token missing'],
  secret: [41004, 'appsecret missing'],
  code: [41008, 'code missing'],
  openid: [41009, 'openid missing'],
};

export function refuse(problem: Problem, _call: unknown, detail: string): Reply {
  return errcode(...((problem === 'missing' ? missing[detail] : undefined) ?? errors[problem]));
}

/** Errors, with HTTP 200 and as JSON that is declared as text. */
export function errcode(code: number, message: string): Reply {
  const rid = `, rid: ${[8, 8, 8].map((length) => random(length, '0123456789abcdef')).join('-')}`;
  return answer({ errcode: code, errmsg: code === 0 ? message : message + rid });
}

export function answer(body: Record<string, unknown>): Reply {
  return { status: 200, encoding: 'json-as-text', body };
}

export const wechatFaults: Record<string, ProfileFault> = {
  high_risk_user: { reply: () => errcode(40226, 'code blocked') },
  snapshot_user: {
    bend: (reply) =>
      isRecord(reply.body) ? { ...reply, body: { ...reply.body, is_snapshotuser: 1 } } : reply,
  },
  rate_limit: { reply: () => errcode(45011, 'api minute-quota reach limit, must slower, retry next minute') },
  token_expired: { reply: () => errcode(42001, 'access_token expired') },
  refresh_expired: { reply: () => errcode(42002, 'refresh_token expired') },
  password_changed: { reply: () => errcode(42007, 'access_token and refresh_token expired by user') },
  user_restricted: { reply: () => errcode(50002, 'user limited') },
  // An app that is not bound to an open-platform account.
  omit_unionid: {
    bend: (reply) => {
      if (!isRecord(reply.body)) return reply;
      const { unionid: _, ...body } = reply.body;
      return { ...reply, body };
    },
  },
};
