import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

const query = '{me{externalId displayName bitmoji{avatar}}}';
const scope = 'https://auth.snapchat.com/oauth2/api/user';

/** Snapchat Login Kit. */
export const snapchat = oauth2({
  provider: 'snapchat',
  title: { en: 'Snapchat', zh: 'Snapchat' },
  issuer: 'https://accounts.snapchat.com',
  endpoints: {
    authorization: 'https://accounts.snapchat.com/accounts/oauth2/auth',
    token: 'https://accounts.snapchat.com/accounts/oauth2/token',
    userinfo: 'https://kit.snapchat.com/v1/me',
    api: 'https://kit.snapchat.com/v1',
  },
  options: {
    userinfo: {
      about: 'The request for the profile: a GraphQL query posted as JSON, or in the URL.',
      values: ['post', 'get'],
      default: 'post',
    },
  },
  scopeWords: scopeWords({
    [`${scope}.external_id`]: ['know that it is you', '获取您的用户标识'],
    [`${scope}.display_name`]: ['see your display name', '获取您的显示名称'],
    [`${scope}.bitmoji.avatar`]: ['see your Bitmoji', '获取您的 Bitmoji 头像'],
  }),
  scopes: {
    default: [`${scope}.external_id`, `${scope}.display_name`, `${scope}.bitmoji.avatar`],
    separator: ' ',
  },
  clientAuthentication: 'client_secret_basic',
  // Documented for public clients only.
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 3600 },
  classify: classifyByWords({
    dead: { 'refresh token is invalid': 'rejected', 'refresh token expired': 'expired' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  account,
});

const profile = z.object({
  data: z.object({
    me: z.object({
      externalId: z.string().min(1),
      displayName: shown,
      bitmoji: z.object({ avatar: shown }).optional().catch(undefined),
    }),
  }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const { endpoints, options } = registration;
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/me`);
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  if (options.userinfo === 'get') url.searchParams.set('query', query);
  const init =
    options.userinfo === 'get'
      ? { headers }
      : {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ query }),
        };
  const { me } = profile.parse(await http.json('profile', url, init)).data;
  return {
    subject: me.externalId,
    alternates: {},
    name: me.displayName,
    picture: me.bitmoji?.avatar,
    email: undefined,
    emailVerified: false,
  };
}
