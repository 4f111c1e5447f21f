import type { Text } from './locale.ts';

export interface Kind {
  readonly code?: string;
  readonly status: number;
  readonly sentence: Text;
}

/** The problem codes, each with its status and its general sentence. */
export const kinds = {
  invalid_request: { status: 400, sentence: { en: 'The request is malformed.', zh: '请求格式不正确。' } },
  invalid_body: {
    code: 'invalid_request',
    status: 422,
    sentence: { en: 'The request body is not valid.', zh: '请求体无效。' },
  },
  invalid_token: {
    status: 401,
    sentence: {
      en: 'The access token is missing, expired, revoked or not for this API.',
      zh: '访问令牌缺失、已过期、已撤销，或不适用于此 API。',
    },
  },
  invalid_dpop_proof: {
    status: 401,
    sentence: { en: 'The DPoP proof is not accepted.', zh: 'DPoP 证明未被接受。' },
  },
  use_dpop_nonce: {
    status: 401,
    sentence: {
      en: 'The DPoP proof needs the nonce of this answer.',
      zh: 'DPoP 证明需要包含此响应中的 nonce。',
    },
  },
  login_required: { status: 401, sentence: { en: 'Sign in first.', zh: '请先登录。' } },
  insufficient_user_authentication: {
    status: 401,
    sentence: {
      en: 'Sign in again: this change needs a sign-in of the last minutes.',
      zh: '请重新登录：此更改要求在最近几分钟内登录过。',
    },
  },
  forbidden: { status: 403, sentence: { en: 'This is not allowed.', zh: '不允许此操作。' } },
  insufficient_scope: {
    status: 403,
    sentence: { en: 'The access token lacks a scope.', zh: '访问令牌缺少所需的权限范围。' },
  },
  connection_not_allowed: {
    status: 403,
    sentence: {
      en: 'The policy of this app does not list this connection.',
      zh: '此应用的策略未包含该身份源。',
    },
  },
  consent_required: {
    status: 403,
    sentence: {
      en: 'The user has not allowed this app to use this connection, or no longer does.',
      zh: '用户尚未授权此应用使用该身份源，或已撤回授权。',
    },
  },
  call_not_approved: {
    status: 403,
    sentence: {
      en: 'The user has not approved this call, or it was made already.',
      zh: '用户未批准此次调用，或该调用已经执行过。',
    },
  },
  insufficient_upstream_scope: {
    status: 403,
    sentence: {
      en: 'The provider has not granted all the scopes asked for.',
      zh: '用户在该平台尚未授予所请求的全部权限。',
    },
  },
  reauthentication_required: {
    status: 403,
    sentence: { en: 'Sign in again before doing this.', zh: '请重新登录后再进行此操作。' },
  },
  reauthentication_not_proven: {
    status: 403,
    sentence: {
      en: 'The provider did not confirm that you have just signed in there, which the app wants to know. Sign out at the provider, then try again.',
      zh: '应用要求您重新登录，但该平台未能确认您刚刚登录过。请先在该平台退出登录，再重试。',
    },
  },
  not_found: {
    status: 404,
    sentence: { en: 'There is nothing here.', zh: '您访问的页面不存在或已被移除。' },
  },
  identity_not_found: { status: 404, sentence: { en: 'No such linked identity.', zh: '未找到该关联账号。' } },
  method_not_allowed: {
    status: 405,
    sentence: { en: 'This method is not allowed here.', zh: '此处不支持该请求方法。' },
  },
  conflict: { status: 409, sentence: { en: 'This contradicts what is stored.', zh: '与已保存的数据冲突。' } },
  identity_selection_required: {
    status: 409,
    sentence: {
      en: 'Several identities match: name one by its id.',
      zh: '有多个账号符合条件，请用账号 ID 指定其中一个。',
    },
  },
  no_provider_token: {
    status: 409,
    sentence: {
      en: 'This provider says who a person is, and issues no token.',
      zh: '该身份源只确认身份，不签发令牌。',
    },
  },
  identity_in_use: {
    status: 409,
    sentence: { en: 'This account is already linked to another user.', zh: '该账号已被其他用户关联。' },
  },
  last_identity: {
    status: 409,
    sentence: {
      en: 'This is the last way to sign in, so it cannot be unlinked.',
      zh: '这是唯一的登录方式，不能取消关联。',
    },
  },
  reauthorization_required: {
    status: 409,
    sentence: { en: 'The user has to authorise this connection again.', zh: '用户需要重新授权该账号。' },
  },
  payload_too_large: {
    status: 413,
    sentence: { en: 'The request body is too large.', zh: '请求体过大。' },
  },
  unsupported_media_type: {
    status: 415,
    sentence: { en: 'This content type is not accepted here.', zh: '不支持该内容类型。' },
  },
  misdirected_request: {
    status: 421,
    sentence: { en: 'This host is not served here.', zh: '本服务不处理发往该域名的请求。' },
  },
  too_many_requests: {
    status: 429,
    sentence: { en: 'Too many requests.', zh: '请求过于频繁，请稍后再试。' },
  },
  server_error: {
    status: 500,
    sentence: { en: 'Something went wrong on our side.', zh: '服务出现错误，请稍后再试。' },
  },
  provider_error: {
    status: 502,
    sentence: { en: 'The provider answered nonsense.', zh: '该平台返回了无法识别的响应。' },
  },
  provider_unavailable: {
    status: 503,
    sentence: { en: 'The provider cannot be reached at the moment.', zh: '暂时无法连接该平台，请稍后再试。' },
  },
  unavailable: {
    status: 503,
    sentence: { en: 'The broker cannot answer at the moment.', zh: '服务暂时不可用，请稍后再试。' },
  },
} as const satisfies Record<string, Kind>;

export type ProblemKind = keyof typeof kinds;
