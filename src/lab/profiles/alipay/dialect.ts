import { createPrivateKey, sign } from 'node:crypto';
import type { Problem } from '../../core/refusal.ts';
import { type Call, isRecord, json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';
import { alipayPrivateKey } from './keys.ts';

type Words = readonly [code: string, msg: string, sub_code: string, sub_msg: string];

const invalid = (sub_code: string, sub_msg: string): Words => [
  '40002',
  'Invalid Arguments',
  sub_code,
  sub_msg,
];
const noToken: Words = [
  '20001',
  'Insufficient Token Permissions',
  'aop.invalid-auth-token',
  '无效的访问令牌',
];
const noCode = invalid('isv.code-invalid', '授权码code无效');
const noRefresh = invalid('isv.refreshed-token-invalid', '刷新令牌refresh_token无效');
const badSignature = invalid('isv.invalid-signature', '无效签名');
const badArgument = invalid('isv.invalid-parameter', '参数无效');

const errors: Record<Problem, Words> = {
  missing: ['40001', 'Missing Required Arguments', 'isv.missing-parameter', '缺少参数'],
  request: badArgument,
  grant_type: invalid('isv.grant-type-invalid', 'grant_type参数不正确'),
  client_unknown: invalid('isv.invalid-app-id', '无效的AppID参数'),
  client_secret: badSignature,
  code_unknown: noCode,
  code_used: noCode,
  code_expired: noCode,
  redirect_mismatch: badArgument,
  verifier: badArgument,
  refresh_unknown: noRefresh,
  refresh_expired: invalid('isv.refresh-token-time-out', '刷新令牌过期'),
  refresh_revoked: noRefresh,
  token_missing: noToken,
  token_unknown: noToken,
  token_expired: [noToken[0], noToken[1], 'aop.auth-token-time-out', '访问令牌已过期'],
  token_revoked: noToken,
  subject_mismatch: noToken,
  scope: ['40006', 'Insufficient Permissions', 'isv.insufficient-isv-permissions', 'ISV权限不足'],
  proof: badSignature,
  busy: ['20000', 'Service Currently Unavailable', 'isp.unknow-error', '系统繁忙'],
};

/** Errors, always with HTTP 200. Calls about a person have them in their own node, others under `error_response`. */
export function refuse(problem: Problem, call: Call): Reply {
  const [code, msg, sub_code, sub_msg] = errors[problem];
  const method = call.form.get('method') ?? '';
  const own = method.endsWith('.share') ? nodeOf(method) : 'error_response';
  return signed(own, { code, msg, sub_code, sub_msg });
}

export function nodeOf(method: string): string {
  return `${method.replaceAll('.', '_')}_response`;
}

/** Returns the answer with a signature over the exact characters of the node. */
export function signed(node: string, body: Record<string, unknown>): Reply {
  const wrap = (text: string) => `{"${node}":${text},"sign":"${signatureOf(text)}"}`;
  return { ...json(body, 200, { 'content-type': 'text/html;charset=utf-8' }), wrap };
}

function signatureOf(text: string): string {
  const key = createPrivateKey({
    key: Buffer.from(alipayPrivateKey, 'base64'),
    format: 'der',
    type: 'pkcs8',
  });
  return sign('RSA-SHA256', Buffer.from(text), key).toString('base64');
}

export const alipayFaults: Record<string, ProfileFault> = {
  /** The answer was changed after it was signed. */
  forged: {
    bend: (reply) => ({
      ...reply,
      wrap: (text) => (reply.wrap?.(text) ?? text).replace(/"(open_id|avatar)":"/, '"$1":"0'),
    }),
  },
  unsigned: {
    bend: (reply) => ({
      ...reply,
      wrap: (text) => (reply.wrap?.(text) ?? text).replace(/,"sign":"[^"]*"/, ''),
    }),
  },
  /** An app that was created before the change to open_id. */
  user_id_only: {
    bend: (reply) => {
      if (!isRecord(reply.body)) return reply;
      const { open_id: _, ...body } = reply.body;
      return { ...reply, body: { ...body, user_id: '2088000000000105' } };
    },
  },
};
