import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown, yes } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

/**
 * Sign In with LinkedIn. Its ID tokens carry no nonce and could be injected, so the account comes from userinfo, fetched
 * with the token just issued.
 */
export const linkedin = oauth2({
  provider: 'linkedin',
  title: { en: 'LinkedIn', zh: '领英' },
  pinyin: 'ling ying',
  issuer: 'https://www.linkedin.com/oauth',
  endpoints: {
    authorization: 'https://www.linkedin.com/oauth/v2/authorization',
    token: 'https://www.linkedin.com/oauth/v2/accessToken',
    userinfo: 'https://api.linkedin.com/v2/userinfo',
    revocation: 'https://www.linkedin.com/oauth/v2/revoke',
    api: 'https://api.linkedin.com',
  },
  manageAccess: { url: 'https://www.linkedin.com/mypreferences/d/data-sharing-for-permitted-services' },
  scopeWords: scopeWords({
    w_member_social: ['post as you', '以您的名义发布动态'],
    r_basicprofile: ['see your name and picture', '获取您的昵称和头像'],
    r_liteprofile: ['see your name and picture', '获取您的昵称和头像'],
    r_emailaddress: ['see your e-mail address', '获取您的邮箱地址'],
  }),
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ', grantedSeparator: ',' },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  // LinkedIn refuses a web app that sends a verifier, with invalid_client.
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    // Only approved partners get refresh tokens. A refresh returns the same one with the same end.
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
  apiHeaders: ['linkedin-version', 'x-li-format'],
  account,
});

const profile = z.object({
  // The id of a person differs from app to app.
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
