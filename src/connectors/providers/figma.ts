import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { pkceFor, pkceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const figma = oauth2({
  provider: 'figma',
  title: { en: 'Figma', zh: 'Figma' },
  issuer: 'https://www.figma.com',
  endpoints: {
    authorization: 'https://www.figma.com/oauth',
    token: 'https://api.figma.com/v1/oauth/token',
    refresh: 'https://api.figma.com/v1/oauth/refresh',
    userinfo: 'https://api.figma.com/v1/me',
    api: 'https://api.figma.com/v1',
  },
  scopeWords: scopeWords({
    'current_user:read': ['see your name and e-mail address', '获取您的姓名和邮箱地址'],
    'file_content:read': ['read your files', '读取您的文件'],
    'file_comments:write': ['write comments as you', '以您的名义发表评论'],
  }),
  scopes: { default: ['current_user:read'], separator: ',' },
  email: 'unverified',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  options: pkceOption,
  forOptions: pkceFor,
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 90 * 86_400 },
  classify: classifyByWords({ dead: { 'token expired': 'expired', 'invalid token': 'rejected' } }),
  transport: { in: 'header', name: 'Authorization' },
  rewrite: { request: toRefreshEndpoint },
  account,
});

/** Rewrites a refresh, which has its own address and accepts the token alone. */
function toRefreshEndpoint(request: HttpRequest, { endpoints }: Registration): HttpRequest {
  const refreshToken = request.body.get('refresh_token');
  if (refreshToken === null || endpoints.refresh === undefined) return request;
  const body = new URLSearchParams({ refresh_token: refreshToken });
  return { ...request, url: new URL(endpoints.refresh), body };
}

const profile = z.object({ id: z.string(), handle: shown, email: shown, img_url: shown });

async function account(call: AccountCall) {
  const { id, handle, email, img_url } = profile.parse(await fetchProfile(call));
  return { subject: id, alternates: {}, name: handle, picture: img_url, email, emailVerified: false };
}
