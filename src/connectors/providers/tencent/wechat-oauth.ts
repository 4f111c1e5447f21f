import type { OAuth2Connector } from '../../contract/contract.ts';
import { familyOption, nativeAudienceOption } from '../../contract/options.ts';
import type { RefreshTraits } from '../../contract/refresh-traits.ts';
import type { Registration } from '../../contract/registration.ts';
import type { HttpRequest } from '../../contract/rewrite.ts';
import { idsIn } from './wechat-account.ts';
import { classify, rewriteAnswer } from './wechat-errors.ts';

/**
 * The traits of both WeChat connectors, without the consent page, which differs between websites and official accounts.
 */
export const wechatOauth = {
  endpoints: {
    token: 'https://api.weixin.qq.com/sns/oauth2/access_token',
    refresh: 'https://api.weixin.qq.com/sns/oauth2/refresh_token',
    userinfo: 'https://api.weixin.qq.com/sns/userinfo',
    api: 'https://api.weixin.qq.com',
  },
  options: {
    family: familyOption,
    native_audience: nativeAudienceOption,
    refresh_days: {
      about:
        'The number of days from the sign-in to the end of the grant: 30 as documented for websites, or 180 as for mobile apps.',
      default: '30',
      values: ['30', '180'],
    },
  },
  forOptions: ({ refresh_days, native_audience }) => ({
    refresh: refreshFor(refresh_days === '180' ? 180 : 30),
    // A mobile app has an AppID of its own, for which WeChat shows no page.
    ...(refresh_days === '180' && native_audience && { onlyByName: true as const }),
  }),
  // Codes of WeChat's SDK, in a mobile app that is registered at the open platform.
  native: { kinds: ['code'] },
  sharedId: 'wechat:unionid',
  // Auth.js makes up a UUID for an account without a unionid.
  profileIds: { subject: 'openid', shared: 'unionid', tried: true, madeUp: /^[\da-f]{8}(-[\da-f]{4}){3}-/ },
  registrationRules: { clientId: /^wx/ },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: refreshFor(30),
  transport: { in: 'query', name: 'access_token' },
  rewriteAuthorizeUrl,
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ extra }) => idsIn(extra),
  classify,
} satisfies Partial<Omit<OAuth2Connector, 'endpoints'>> & { readonly endpoints: object };

/** Returns the lifetimes. A refresh does not extend the refresh token. */
function refreshFor(days: number): RefreshTraits {
  const end = days * 86_400;
  return {
    how: 'refresh_token',
    rotation: 'overlapping',
    accessLifetime: 7200,
    refreshLifetime: end,
    absoluteCap: end,
  };
}

/** Rewrites the authorize URL. WeChat requires this order of parameters. */
function rewriteAuthorizeUrl(url: URL): URL {
  const { client_id, ...asked } = Object.fromEntries(url.searchParams);
  const { redirect_uri, response_type, scope, state, lang, forcePopup } = asked;
  const inOrder = { appid: client_id, redirect_uri, response_type, scope, state, lang, forcePopup };
  const given = Object.entries(inOrder).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const rewritten = new URL(url.origin + url.pathname);
  rewritten.search = new URLSearchParams(given).toString();
  rewritten.hash = 'wechat_redirect';
  return rewritten;
}

/** Rewrites the request into a GET with `appid` and `secret`. A refresh has its own address and sends no secret. */
function rewriteRequest(request: HttpRequest, registration: Registration): HttpRequest {
  const { grant_type, code, refresh_token, client_secret } = Object.fromEntries(request.body);
  const refreshing = grant_type === 'refresh_token';
  const url = new URL((refreshing && registration.endpoints.refresh) || registration.endpoints.token);
  const parameters = refreshing
    ? { appid: registration.clientId, grant_type, refresh_token: refresh_token ?? '' }
    : {
        appid: registration.clientId,
        secret: client_secret ?? '',
        code: code ?? '',
        grant_type: 'authorization_code',
      };
  url.search = new URLSearchParams(parameters).toString();
  const headers = new Headers({ accept: 'application/json' });
  return { method: 'GET', url, headers, body: new URLSearchParams() };
}
