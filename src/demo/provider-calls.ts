import type { ProviderToken } from './broker-api.ts';

type Parameters = Readonly<Record<string, string>>;

/**
 * The userinfo path of each provider's API, below its base address. Providers whose call needs a POST have no
 * entry.
 */
const calls: Readonly<Record<string, string>> = {
  amazon: '/user/profile',
  asana: '/users/me',
  atlassian: '/me',
  baidu: '/passport/users/getInfo',
  bilibili: '/arcopen/fn/user/account/info',
  bitbucket: '/user',
  box: '/users/me',
  coinbase: '/user',
  dingtalk: '/v1.0/contact/users/me',
  discord: '/users/@me',
  'epic-games': '/oauth/v2/userInfo',
  facebook: '/me?fields=id,name,email',
  feishu: '/open-apis/authen/v1/user_info',
  figma: '/me',
  gitee: '/user',
  github: '/user',
  'github-app': '/user',
  google: '/oauth2/v3/userinfo',
  instagram: '/me?fields=user_id,username',
  kakao: '/v2/user/me',
  lark: '/open-apis/authen/v1/user_info',
  line: '/oauth2/v2.1/userinfo',
  linkedin: '/v2/userinfo',
  microsoft: '/me',
  naver: '/v1/nid/me',
  notion: '/users/me',
  patreon: '/identity',
  paypal: '/v1/identity/oauth2/userinfo?schema=paypalv1.1',
  pinterest: '/user_account',
  qq: '/user/get_user_info',
  reddit: '/api/v1/me',
  salesforce: '/services/oauth2/userinfo',
  slack: '/openid.connect.userInfo',
  'slack-workspace': '/users.identity',
  snapchat: '/me?query={me{externalId displayName}}',
  spotify: '/me',
  strava: '/athlete',
  tiktok: '/user/info/?fields=open_id,display_name',
  twitch: '/users',
  'wechat-official-account': '/sns/userinfo?lang=zh_CN',
  'wechat-web': '/sns/userinfo?lang=zh_CN',
  weibo: '/2/users/show.json',
  x: '/users/me',
  xiaomi: '/user/profile',
  yahoo: '/openid/v1/userinfo',
  'yahoo-japan': '/attribute',
  yandex: '/info',
  zalo: '/me?fields=id,name',
  zoom: '/users/me',
};

export interface ProviderRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

export function canCall(provider: string): boolean {
  return Object.hasOwn(calls, provider);
}

/** Returns the userinfo request of this provider, or undefined when the demo has none. */
export function providerRequest(token: ProviderToken): ProviderRequest | undefined {
  const { access_token, identity, parameters, usage } = token;
  if (!canCall(identity.provider)) return undefined;
  const url = new URL(usage.api_base.replace(/\/$/, '') + calls[identity.provider]);
  for (const [name, value] of Object.entries(besides(usage, parameters, access_token)))
    url.searchParams.set(name, value);
  // GitHub refuses calls without a user agent; other providers ignore it.
  const headers = { Accept: 'application/json', 'User-Agent': 'Symbolon-Demo', ...usage.headers };
  const value = [usage.scheme, access_token].filter(Boolean).join(' ');
  return { url, headers: { ...headers, ...(usage.transport === 'header' && { [usage.name]: value }) } };
}

/** Where the token travels in the query, its parameters do too; a proof of the app's secret always does. */
function besides(
  { transport, name }: ProviderToken['usage'],
  parameters: Parameters,
  token: string,
): Parameters {
  if (transport === 'query') return { ...parameters, [name]: token };
  const { appsecret_proof } = parameters;
  return appsecret_proof === undefined ? {} : { appsecret_proof };
}

/** Returns the request for display: only the first characters of anything secret. */
export function maskedRequest(token: ProviderToken): ProviderRequest | undefined {
  const { parameters } = token;
  const { appsecret_proof: proof } = parameters;
  return providerRequest({
    ...token,
    access_token: masked(token.access_token),
    parameters: proof === undefined ? parameters : { ...parameters, appsecret_proof: masked(proof) },
  });
}

function masked(secret: string): string {
  return `${secret.slice(0, 6)}...`;
}
