import type { Problem } from '../../core/refusal.ts';
import { json, type Reply } from '../../core/wire.ts';

const errors: Record<Problem, readonly [code: number, message: string]> = {
  missing: [-400, '请求错误'],
  request: [-400, '请求错误'],
  grant_type: [-400, '请求错误'],
  client_unknown: [-1, '应用程序不存在或已被封禁'],
  client_secret: [-3, 'API校验密匙错误'],
  code_unknown: [-400, '请求错误'],
  code_used: [-400, '请求错误'],
  code_expired: [-400, '请求错误'],
  redirect_mismatch: [-400, '请求错误'],
  verifier: [-400, '请求错误'],
  refresh_unknown: [-658, 'Token 过期'],
  refresh_expired: [-658, 'Token 过期'],
  refresh_revoked: [-658, 'Token 过期'],
  token_missing: [-101, '账号未登录'],
  token_unknown: [-2, 'Access Key错误'],
  token_expired: [-658, 'Token 过期'],
  token_revoked: [-2, 'Access Key错误'],
  subject_mismatch: [-403, '访问权限不足'],
  scope: [-403, '访问权限不足'],
  proof: [-403, '访问权限不足'],
  busy: [-503, '过载保护,服务暂不可用'],
};

export function refuse(problem: Problem): Reply {
  const [code, message] = errors[problem];
  return json({ code, message, ttl: 1 });
}

export function succeed(data: Record<string, unknown>): Reply {
  return json({ code: 0, message: '0', ttl: 1, data });
}
