import { oidc } from '../declare.ts';

// RFC 6761 section 6.4: nothing ever answers there. A connection puts the addresses of its provider in place.
const nowhere = 'https://openid-connect.invalid';

/** Any provider that keeps to OpenID Connect and has no file of its own. */
export const openidConnect = oidc({
  provider: 'openid-connect',
  title: { en: 'OpenID Connect', zh: 'OpenID Connect' },
  issuer: nowhere,
  endpoints: { authorization: `${nowhere}/authorize`, token: `${nowhere}/token`, api: nowhere },
  perConnection: ['issuer', 'authorization', 'token', 'jwks', 'api'],
  scopes: { default: ['openid', 'profile', 'email', 'offline_access'], separator: ' ' },
  email: 'vouched',
  // OpenID Connect Core section 9: what a client uses that has registered no other.
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  // How an unknown provider rotates is unknown, so it is handled as the strictest would want it.
  refresh: { how: 'refresh_token', rotation: 'reuse-kills-family' },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ loginHint, forceLogin, forceConsent }) => {
    const prompt = [forceLogin && 'login', forceConsent && 'consent'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }), ...(loginHint !== undefined && { login_hint: loginHint }) };
  },
});
