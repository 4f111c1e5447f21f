import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc } from '../contract/declare.ts';
import type { RefreshTraits } from '../contract/refresh-traits.ts';

/** Returns the lifetimes. A refresh returns no refresh token and does not extend the old one. */
function refreshFor(days: number): RefreshTraits {
  return { how: 'refresh_token', rotation: 'static', accessLifetime: 3600, refreshLifetime: days * 86_400 };
}

/** Yahoo! JAPAN (YConnect v2), which is another company than Yahoo and another issuer. */
export const yahooJapan = oidc({
  provider: 'yahoo-japan',
  title: { en: 'Yahoo! JAPAN', zh: 'Yahoo! JAPAN' },
  issuer: 'https://auth.login.yahoo.co.jp/yconnect/v2',
  endpoints: {
    authorization: 'https://auth.login.yahoo.co.jp/yconnect/v2/authorization',
    token: 'https://auth.login.yahoo.co.jp/yconnect/v2/token',
    userinfo: 'https://userinfo.yahooapis.jp/yconnect/v2/attribute',
    jwks: 'https://auth.login.yahoo.co.jp/yconnect/v2/jwks',
    api: 'https://userinfo.yahooapis.jp/yconnect/v2',
  },
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  takesMaxAge: true,
  options: {
    refresh_days: {
      about:
        'The lifetime of a refresh token in days: 28, unless Yahoo! JAPAN granted more. No answer states it.',
      default: '28',
      pattern: /^[1-9]\d{0,3}$/,
    },
  },
  forOptions: ({ refresh_days }) => ({ refresh: refreshFor(Number(refresh_days ?? 28)) }),
  refresh: refreshFor(28),
  classify: classifyByWords({ dead: { expired_token: 'expired', invalid_token: 'rejected' } }),
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => {
    const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }) };
  },
});
