import { oidc } from '../declare.ts';

/** Yahoo! JAPAN (YConnect v2): another company than Yahoo, and another issuer. */
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
  refresh: {
    how: 'refresh_token',
    rotation: 'static',
    accessLifetime: 3600,
    // Never sent again, so that refreshing does not extend it.
    refreshLifetime: 28 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => {
    const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }) };
  },
});
