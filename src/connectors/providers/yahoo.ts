import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc } from '../contract/declare.ts';

export const yahoo = oidc({
  provider: 'yahoo',
  title: { en: 'Yahoo', zh: 'Yahoo' },
  pinyin: 'ya hu',
  issuer: 'https://api.login.yahoo.com',
  endpoints: {
    authorization: 'https://api.login.yahoo.com/oauth2/request_auth',
    token: 'https://api.login.yahoo.com/oauth2/get_token',
    userinfo: 'https://api.login.yahoo.com/openid/v1/userinfo',
    revocation: 'https://api.login.yahoo.com/oauth2/revoke',
    jwks: 'https://api.login.yahoo.com/openid/v1/certs',
    api: 'https://api.login.yahoo.com',
  },
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  registrationRules: { refusesRedirect: ['http'] },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  idTokenAlgorithms: ['ES256', 'RS256'],
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  classify: classifyByWords({
    dead: { INVALID_REFRESH_TOKEN: 'rejected', TOKEN_EXPIRED: 'expired', TOKEN_REVOKED: 'revoked_by_user' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => {
    const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }) };
  },
  rewrite: {
    // Yahoo requires the redirect URI of the sign-in at a refresh too.
    request: (request, { redirectUri }) => {
      if (request.body.has('refresh_token')) request.body.set('redirect_uri', redirectUri);
      return request;
    },
  },
});
