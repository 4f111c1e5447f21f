import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown, yes } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

// Patreon may refuse requests without a User-Agent.
const headers = { 'user-agent': 'Symbolon' };

const fields = 'email,full_name,image_url,is_email_verified';

export const patreon = oauth2({
  provider: 'patreon',
  title: { en: 'Patreon', zh: 'Patreon' },
  issuer: 'https://www.patreon.com',
  endpoints: {
    authorization: 'https://www.patreon.com/oauth2/authorize',
    token: 'https://www.patreon.com/api/oauth2/token',
    userinfo: 'https://www.patreon.com/api/oauth2/v2/identity',
    revocation: 'https://www.patreon.com/oauth2/revoke',
    api: 'https://www.patreon.com/api/oauth2/v2',
  },
  scopeWords: scopeWords({
    identity: ['see your profile', '获取您的个人资料'],
    'identity[email]': ['see your e-mail address', '获取您的邮箱地址'],
    'identity.memberships': ['see your memberships', '查看您的会员关系'],
    campaigns: ['see your campaigns', '查看您的项目'],
  }),
  scopes: { default: ['identity', 'identity[email]'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 2_678_400 },
  classify: classifyByWords({ dead: { 'access token is invalid': 'rejected' } }),
  transport: { in: 'header', name: 'Authorization' },
  rewrite: {
    request: (request) => {
      request.headers.set('user-agent', headers['user-agent']);
      return request;
    },
  },
  account,
});

const attributes = z.object({
  full_name: shown,
  email: shown,
  image_url: shown,
  is_email_verified: yes,
});

const profile = z.object({
  data: z.object({ id: z.string(), attributes: attributes.optional().catch(undefined) }),
});

async function account(call: AccountCall) {
  // A JSON:API returns only the id unless fields are named.
  const { data } = profile.parse(await fetchProfile(call, { query: { 'fields[user]': fields }, headers }));
  const { full_name, email, image_url, is_email_verified } = data.attributes ?? {};
  return {
    subject: data.id,
    alternates: {},
    name: full_name,
    picture: image_url,
    email,
    emailVerified: email !== undefined && is_email_verified === true,
  };
}
