import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown, yes } from '../contract/profile-fields.ts';

/**
 * Sign In with LinkedIn. Its ID tokens carry no nonce, so that one could be anybody's from anywhere: who somebody is,
 * userinfo tells for the token just issued.
 */
export const linkedin = oauth2({
  provider: 'linkedin',
  title: { en: 'LinkedIn', zh: '领英' },
  issuer: 'https://www.linkedin.com/oauth',
  endpoints: {
    authorization: 'https://www.linkedin.com/oauth/v2/authorization',
    token: 'https://www.linkedin.com/oauth/v2/accessToken',
    userinfo: 'https://api.linkedin.com/v2/userinfo',
    revocation: 'https://www.linkedin.com/oauth/v2/revoke',
    api: 'https://api.linkedin.com',
  },
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ', grantedSeparator: ',' },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  // A web app that sends a verifier is told that its client is invalid.
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    // Approved partners alone get refresh tokens; refreshing returns the same one, whose end does not move.
    rotation: 'static',
    accessLifetime: 60 * 86_400,
    absoluteCap: 365 * 86_400,
    ahead: 86_400,
  },
  classify: classifyByWords({
    dead: {
      '65600': 'rejected',
      '65601': 'revoked_by_user',
      '65602': 'expired',
      REVOKED_ACCESS_TOKEN: 'revoked_by_user',
      EXPIRED_ACCESS_TOKEN: 'expired',
    },
  }),
  transport: { in: 'header', name: 'Authorization' },
  account,
});

const profile = z.object({
  // The same person has another one in every app.
  sub: z.string().min(1),
  name: shown,
  picture: shown,
  email: shown,
  email_verified: yes,
});

async function account(call: AccountCall) {
  const { sub, name, picture, email, email_verified } = profile.parse(await fetchProfile(call));
  return {
    subject: sub,
    alternates: {},
    name,
    picture,
    email,
    emailVerified: email !== undefined && email_verified === true,
  };
}
