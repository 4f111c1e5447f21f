import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const pinterest = oauth2({
  provider: 'pinterest',
  title: { en: 'Pinterest', zh: 'Pinterest' },
  issuer: 'https://www.pinterest.com',
  endpoints: {
    authorization: 'https://www.pinterest.com/oauth/',
    token: 'https://api.pinterest.com/v5/oauth/token',
    userinfo: 'https://api.pinterest.com/v5/user_account',
    api: 'https://api.pinterest.com/v5',
  },
  options: {
    continuous_refresh: {
      about:
        'The request for refresh tokens that each refresh extends. Apps created since 25 September 2025 always get them.',
      values: ['yes', 'no'],
      default: 'yes',
    },
  },
  // Products keep the user name, which may consist of digits too.
  profileIds: { subject: 'id' },
  exportedIds: { isSubject: (id) => numericId.safeParse(id).success },
  scopeWords: scopeWords({
    'user_accounts:read': ['see your profile', '查看您的个人资料'],
    'boards:read': ['see your boards', '查看您的图板'],
    'pins:read': ['see your pins', '查看您的 Pin 图'],
    'pins:write': ['create pins as you', '以您的名义创建 Pin 图'],
  }),
  scopes: { default: ['user_accounts:read'], separator: ',' },
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 30 * 86_400,
    refreshLifetime: 60 * 86_400,
    keepAlive: 30 * 86_400,
  },
  classify: classifyByWords({
    dead: { 'invalid refresh token': 'rejected', 'refresh token expired': 'expired' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  rewrite: { request: requestContinuousRefresh },
  account,
});

function requestContinuousRefresh(request: HttpRequest, { options }: Registration): HttpRequest {
  const exchanging = request.body.get('grant_type') === 'authorization_code';
  if (exchanging && options.continuous_refresh === 'yes') request.body.set('continuous_refresh', 'true');
  return request;
}

const profile = z.object({
  // The user name can change, so it never replaces a missing id.
  id: numericId,
  username: shown,
  profile_image: shown,
});

async function account({ tokens, registration, http }: AccountCall) {
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/user_account`);
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const { id, username, profile_image } = profile.parse(await http.json('profile', url, { headers }));
  return {
    subject: id,
    alternates: {},
    name: username,
    picture: profile_image,
    email: undefined,
    emailVerified: false,
  };
}
