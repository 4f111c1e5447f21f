import { random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

type Words = readonly [status: number, code: string, message: string];

const noCode: Words = [400, 'invalidParameter.authCode.notFound', 'the auth code was not found'];
const noToken: Words = [401, 'InvalidAuthentication', 'invalid access token'];
const noClient: Words = [400, 'invalidClientIdOrSecret', 'invalid clientId or clientSecret'];

const errors: Record<Problem, Words> = {
  missing: [400, 'MissingParameter', 'missing parameter '],
  request: [400, 'Missingbody', 'body is mandatory for this action.'],
  grant_type: [400, 'invalidParameter.grantType', 'invalid grantType'],
  client_unknown: noClient,
  client_secret: noClient,
  code_unknown: noCode,
  code_used: noCode,
  code_expired: noCode,
  redirect_mismatch: noCode,
  verifier: noCode,
  refresh_unknown: noCode,
  refresh_expired: noCode,
  refresh_revoked: noCode,
  token_missing: noToken,
  token_unknown: noToken,
  token_expired: noToken,
  token_revoked: noToken,
  subject_mismatch: noToken,
  scope: [403, 'Forbidden.AccessDenied.AccessTokenPermissionDenied', 'the app lacks a permission'],
  proof: noToken,
  busy: [503, 'ServiceUnavailable', 'try again later'],
};

export function refuse(problem: Problem, _call: Call, detail: string): Reply {
  return say(...errors[problem], detail);
}

function say(status: number, code: string, message: string, detail = ''): Reply {
  return json({ code, message: message + detail, requestid: random(36, '0123456789ABCDEF-') }, status);
}

export const dingtalkFaults: Record<string, ProfileFault> = {
  qps_limit: { reply: () => say(403, 'Forbidden.AccessDenied.QpsLimitForAppkeyAndApi', 'too many requests') },
  permission_denied: { reply: () => say(...errors.scope) },
};
