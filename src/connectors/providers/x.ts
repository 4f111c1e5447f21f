import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** X, formerly Twitter, by OAuth 2.0. */
export const x = oauth2({
  provider: 'x',
  title: { en: 'X', zh: 'X' },
  issuer: 'https://x.com',
  endpoints: {
    authorization: 'https://x.com/i/oauth2/authorize',
    token: 'https://api.x.com/2/oauth2/token',
    userinfo: 'https://api.x.com/2/users/me',
    revocation: 'https://api.x.com/2/oauth2/revoke',
    api: 'https://api.x.com/2',
  },
  // `tweet.read` is needed for the profile, `offline.access` for a refresh token.
  manageAccess: { url: 'https://x.com/settings/connected_apps' },
  scopeWords: scopeWords({
    'users.read': ['see profiles, yours too', '查看用户资料（包括您的）'],
    'users.email': ['see your e-mail address', '获取您的邮箱地址'],
    'tweet.read': ['read posts that you can see', '查看您可见的帖子'],
    'tweet.write': ['post as you', '以您的名义发帖'],
    'follows.read': ['see whom you follow', '查看您的关注'],
    'follows.write': ['follow people as you', '以您的名义关注用户'],
    'like.read': ['see your likes', '查看您的点赞'],
    'bookmark.read': ['see your bookmarks', '查看您的书签'],
    'dm.read': ['read your direct messages', '读取您的私信'],
    'dm.write': ['send direct messages as you', '以您的名义发送私信'],
    'media.write': ['upload media as you', '以您的名义上传媒体'],
    'offline.access': ['keep its access while you are away', '在您不使用时仍可继续访问'],
  }),
  scopes: { default: ['users.read', 'tweet.read', 'users.email', 'offline.access'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'required',
  refresh: {
    how: 'refresh_token',
    rotation: 'reuse-kills-family',
    accessLifetime: 7200,
    // An unused refresh token is reported to last about six months.
    keepAlive: 90 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  classify,
  account,
});

/** Classifies `invalid_request`, which X sends instead of `invalid_grant`. Only the description shows the meaning. */
function classify({ step, error, body }: FailureSigns): Failure | undefined {
  if (error !== 'invalid_request') return undefined;
  const said = typeof body.error_description === 'string' ? body.error_description : '';
  if (!/^Value passed for the (?:token|authorization code) was invalid/i.test(said)) return undefined;
  return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'grant-dead', reason: 'rejected' };
}

const profile = z.object({
  data: z.object({
    id: z.string().regex(/^\d{1,20}$/),
    name: shown,
    username: shown,
    profile_image_url: shown,
    confirmed_email: shown,
  }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/users/me`);
  url.searchParams.set('user.fields', 'profile_image_url,confirmed_email');
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const { data } = profile.parse(await http.json('profile', url, { headers }));
  return {
    subject: data.id,
    alternates: {},
    name: data.name ?? data.username,
    picture: data.profile_image_url,
    email: data.confirmed_email,
    // X returns an address only after its confirmation, as `confirmed_email`.
    emailVerified: data.confirmed_email !== undefined,
  };
}
