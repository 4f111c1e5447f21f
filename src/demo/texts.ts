import type { Text } from '../kit/locale.ts';

/** The texts of the demo's pages. */
export const texts = {
  title: { en: 'Demo app', zh: '演示应用' },
  headline: { en: 'Sign in once, use the provider’s API', zh: '一次登录，即可调用各平台 API' },
  about1: {
    en: 'This little app knows no provider: it signs people in through Symbolon, with openid-client, as any app would.',
    zh: '这个小应用不直接对接任何平台：它和任何应用一样，用 openid-client 让用户通过 Symbolon 登录。',
  },
  about2: {
    en: 'Symbolon gives it an access token of its own, and keeps the provider’s token sealed and alive.',
    zh: 'Symbolon 向它签发自己的访问令牌，同时加密保存各平台的令牌，并自动续期。',
  },
  about3: {
    en: 'With ours it fetches the provider’s token whenever it wants to call the provider’s API.',
    zh: '需要调用平台 API 时，它用该访问令牌换取平台的令牌。',
  },
  signIn: { en: 'Sign in', zh: '登录' },
  signInWith: { en: 'Sign in with {provider}', zh: '使用{provider}登录' },
  moreWays: { en: '{count} more', zh: '另外 {count} 种方式' },
  or: { en: 'or go straight to one', zh: '或直接选择一种方式' },
  you: { en: 'You', zh: '未命名用户' },
  identities: { en: 'Your linked accounts', zh: '您关联的账号' },
  noIdentities: { en: 'None that this app may use.', zh: '没有此应用可以使用的账号。' },
  callOf: { en: 'Call the API of {provider}', zh: '调用{provider}的 API' },
  callAgain: { en: 'Call again', zh: '再次调用' },
  callFresh: { en: 'Call with a new token', zh: '刷新令牌后调用' },
  back: { en: 'Back', zh: '返回' },
  linkAnother: { en: 'Connect another account', zh: '关联其他账号' },
  connectHint: {
    en: 'You link the account at Symbolon. Then this app asks for that one account.',
    zh: '您先在 Symbolon 关联账号，随后此应用只请求使用这一个账号。',
  },
  accountPage: { en: 'My account at Symbolon', zh: '我在 Symbolon 的账号' },
  refresh: { en: 'Refresh my session', zh: '刷新登录状态' },
  signOut: { en: 'Sign out', zh: '退出登录' },
  accessToken: { en: 'Our access token, decoded', zh: '访问令牌（已解码）' },
  verified: { en: 'Verified against the broker’s published keys', zh: '已用 Symbolon 公布的公钥验证签名' },
  notVerified: { en: 'Not verified:', zh: '未通过验证：' },
  opaque: {
    en: 'This token is opaque: there is nothing to read in it.',
    zh: '这是不透明令牌（opaque token），无法解码查看。',
  },
  header: { en: 'Header', zh: 'Header（头部）' },
  claims: { en: 'Claims', zh: 'Claims（声明）' },
  userinfo: { en: 'Answer of /userinfo', zh: '/userinfo 的响应' },
  expires: { en: 'Provider’s token until', zh: '平台令牌有效期至' },
  noEnd: { en: 'no stated end', zh: '未注明有效期' },
  request: { en: 'The request, with the provider’s token', zh: '使用平台令牌的请求' },
  answer: { en: 'The provider’s answer', zh: '平台的响应' },
  silent: { en: 'The provider did not answer.', zh: '该平台没有响应。' },
  noCall: { en: 'This demo has no call for that provider.', zh: '本演示暂未提供该平台的调用示例。' },
  tokenFacts: { en: 'What the broker says about the token', zh: 'Symbolon 对该令牌的说明' },
  scope: { en: 'Scope', zh: '权限范围' },
  parameters: { en: 'Needed beside it', zh: '还需提供的参数' },
  reauthorize: { en: 'Authorise it again', zh: '重新授权' },
  linkIt: { en: 'Link an account', zh: '关联账号' },
  reason: { en: 'Reason', zh: '原因' },
  signInAgain: { en: 'Sign in again', zh: '重新登录' },
  wait: { en: 'Try again in {seconds} s.', zh: '请在 {seconds} 秒后重试。' },
  startAgain: { en: 'Start again', zh: '重新开始' },
} satisfies Record<string, Text>;

/** Failures, for people. */
export const troubles = {
  denied: {
    en: 'You did not allow the sign-in. Nothing has changed.',
    zh: '您已取消登录，未作任何更改。',
  },
  refused: { en: 'The sign-in did not work.', zh: '登录失败。' },
  unknown: {
    en: 'This sign-in is not known here any more. Start it again.',
    zh: '此登录请求已失效，请重新开始。',
  },
  ended: { en: 'Your session has ended. Sign in again.', zh: '登录已过期，请重新登录。' },
  unreachable: {
    en: 'Symbolon does not answer. If it has just been started, try again in a moment.',
    zh: 'Symbolon 没有响应。如果刚刚启动，请稍后重试。',
  },
  notFound: { en: 'There is no such page.', zh: '页面不存在。' },
  failed: { en: 'Something went wrong in the demo.', zh: '演示应用出现错误。' },
} satisfies Record<string, Text>;

/** The broker's typed errors, for people. Other errors are shown in the broker's own words. */
export const refusals: Readonly<Record<string, Text>> = {
  invalid_token: { en: 'Our access token does not count any more.', zh: '访问令牌已失效。' },
  insufficient_scope: {
    en: 'You signed in without allowing the use of this account. Sign in again and allow it.',
    zh: '您登录时未授权使用此账号，请重新登录并授权。',
  },
  connection_not_allowed: { en: 'This app may not use that connection.', zh: '此应用无权使用该账号。' },
  insufficient_upstream_scope: {
    en: 'The provider has not granted everything that is needed.',
    zh: '用户在该平台尚未授予所需的全部权限。',
  },
  identity_not_found: { en: 'This account is not linked.', zh: '此账号尚未关联。' },
  reauthorization_required: {
    en: 'The provider does not honour what it granted any more. Authorise it again.',
    zh: '该平台的授权已失效，请重新授权。',
  },
  too_many_requests: { en: 'Too many requests.', zh: '请求过多。' },
  provider_error: { en: 'The provider answered nonsense.', zh: '该平台返回了无法识别的响应。' },
  provider_unavailable: {
    en: 'The provider cannot be reached at the moment. Your account is still linked.',
    zh: '暂时无法连接该平台，您的账号仍保持关联。',
  },
  unavailable: { en: 'Symbolon cannot answer at the moment.', zh: 'Symbolon 暂时无法响应。' },
};

/** The health of a stored token. */
export const states: Readonly<Record<string, Text>> = {
  active: { en: 'alive', zh: '有效' },
  expiring: { en: 'about to expire', zh: '即将过期' },
  refreshing: { en: 'being refreshed', zh: '正在刷新' },
  retrying: { en: 'refresh is being retried', zh: '正在重试刷新' },
  reauthorization_required: { en: 'needs to be authorised again', zh: '需要重新授权' },
  revoked: { en: 'revoked', zh: '已撤销' },
};
