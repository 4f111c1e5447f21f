import { oidc } from '../declare.ts';
import { nativeAudienceOption } from '../options.ts';
import { googleSignals } from './signals/google.ts';

export const google = oidc({
  provider: 'google',
  title: { en: 'Google', zh: 'Google' },
  issuer: 'https://accounts.google.com',
  endpoints: {
    authorization: 'https://accounts.google.com/o/oauth2/v2/auth',
    token: 'https://oauth2.googleapis.com/token',
    userinfo: 'https://openidconnect.googleapis.com/v1/userinfo',
    revocation: 'https://oauth2.googleapis.com/revoke',
    jwks: 'https://www.googleapis.com/oauth2/v3/certs',
    api: 'https://www.googleapis.com',
  },
  scopes: {
    default: ['openid', 'email', 'profile'],
    separator: ' ',
    synonyms: {
      'https://www.googleapis.com/auth/userinfo.email': 'email',
      'https://www.googleapis.com/auth/userinfo.profile': 'profile',
    },
  },
  options: { native_audience: nativeAudienceOption },
  native: { kinds: ['id_token'] },
  signals: googleSignals,
  registrationRules: { clientId: /\.apps\.googleusercontent\.com$/ },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  statesIssuer: true,
  refresh: {
    how: 'refresh_token',
    rotation: 'static',
    narrows: true,
    accessLifetime: 3600,
    // A refresh token that is not used for six months dies.
    keepAlive: 60 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ loginHint, forceLogin, forceConsent }) => ({
    // A refresh token comes with offline access only, and only at the first consent. Asking for consent again burns
    // one of the hundred refresh tokens an account may hold per client, so plain sign-ins do not.
    access_type: 'offline',
    include_granted_scopes: 'true',
    ...(forceConsent ? { prompt: 'consent' } : forceLogin && { prompt: 'select_account' }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  }),
});
