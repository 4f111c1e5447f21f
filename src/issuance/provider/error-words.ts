/**
 * Chinese sentences for the errors of an authorization or logout request that oidc-provider describes in English only. The
 * description itself stays on the page in small type, for the app's developer.
 */
const chinese: Readonly<Record<string, string>> = {
  invalid_request: '请求缺少参数、参数有误，或已失效。',
  invalid_client: '该应用未在本站注册，或已被停用。',
  invalid_redirect_uri: '回调地址（redirect_uri）与该应用注册的地址不一致。',
  invalid_scope: '请求的权限范围无效。',
  invalid_target: '请求的资源（resource）不存在，或该应用无权使用。',
  invalid_grant: '授权已失效，请重新登录。',
  unauthorized_client: '该应用无权使用这种登录方式。',
  unsupported_response_type: '不支持请求的返回类型（response_type）。',
  unsupported_response_mode: '不支持请求的返回方式（response_mode）。',
  invalid_request_object: '请求对象（request）无效。',
  invalid_request_uri: '请求地址（request_uri）无效或已过期。',
  request_not_supported: '不支持请求对象（request）。',
  request_uri_not_supported: '不支持请求地址（request_uri）。',
  registration_not_supported: '不支持动态注册参数（registration）。',
  access_denied: '请求已被拒绝。',
  login_required: '请先登录。',
  consent_required: '需要您的授权。',
  server_error: '服务出现错误，请稍后再试。',
  temporarily_unavailable: '服务暂时不可用，请稍后再试。',
};

/** Returns the Chinese sentence of an error code. */
export function errorInChinese(code: string): string {
  return chinese[code] ?? '请求有误，无法处理。';
}
