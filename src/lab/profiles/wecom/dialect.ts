import type { Problem } from '../../core/refusal.ts';
import { json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

const errors: Record<Problem, readonly [errcode: number, errmsg: string]> = {
  missing: [41001, 'missing parameter'],
  request: [40058, 'invalid request parameter'],
  grant_type: [40058, 'invalid request parameter'],
  client_unknown: [40013, 'invalid corpid'],
  client_secret: [40001, 'invalid credential'],
  code_unknown: [40029, 'invalid code'],
  code_used: [40029, 'invalid code'],
  code_expired: [40029, 'invalid code'],
  redirect_mismatch: [50001, 'redirect_url not registered'],
  verifier: [40058, 'invalid request parameter'],
  refresh_unknown: [40058, 'invalid request parameter'],
  refresh_expired: [40058, 'invalid request parameter'],
  refresh_revoked: [40058, 'invalid request parameter'],
  token_missing: [41001, 'access_token missing'],
  token_unknown: [40014, 'invalid access_token'],
  token_expired: [42001, 'access_token expired'],
  token_revoked: [40014, 'invalid access_token'],
  subject_mismatch: [60111, 'userid not found'],
  scope: [60011, 'no privilege to access/modify contact/party/agent'],
  proof: [40014, 'invalid access_token'],
  busy: [-1, 'system busy'],
};

export function refuse(problem: Problem): Reply {
  const [errcode, errmsg] = errors[problem];
  return json({ errcode, errmsg: `${errmsg}, hint: [0000]` });
}

export function succeed(body: Record<string, unknown>): Reply {
  return json({ errcode: 0, errmsg: 'ok', ...body });
}

export const wecomFaults: Record<string, ProfileFault> = {
  app_token_expired: { reply: () => refuse('token_expired') },
  app_token_refused: { reply: () => refuse('client_secret') },
  directory_closed: { reply: () => refuse('scope') },
  address_not_listed: { reply: () => json({ errcode: 60020, errmsg: 'not allow to access from your ip' }) },
};
