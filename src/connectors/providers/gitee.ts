import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { atSignInHost } from '../contract/manage-access.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Gitee (码云). It refuses requests without a User-Agent. */
const userAgent = 'Symbolon';

export const gitee = oauth2({
  provider: 'gitee',
  title: { en: 'Gitee', zh: 'Gitee' },
  homeMarket: 'china',
  pinyin: 'ma yun',
  issuer: 'https://gitee.com',
  endpoints: {
    authorization: 'https://gitee.com/oauth/authorize',
    token: 'https://gitee.com/oauth/token',
    api: 'https://gitee.com/api/v5',
  },
  manageAccess: { url: atSignInHost('/oauth/applications') },
  scopeWords: scopeWords({
    user_info: ['see and change your profile', '查看和更新您的个人信息'],
    emails: ['see your e-mail address', '获取您的邮箱地址'],
    projects: ['see and change your repositories', '查看、创建和更新您的仓库'],
    pull_requests: ['see and change your pull requests', '查看和更新您的 Pull Request'],
    issues: ['see and change your issues', '查看和更新您的 Issue'],
    notes: ['see and write comments', '查看和发表评论'],
    keys: ['see your public keys', '查看您的公钥'],
    hook: ['see and change your webhooks', '查看和更新您的 WebHook'],
    groups: ['see and change your organisations', '查看和更新您的组织'],
    gists: ['see and change your gists', '查看和更新您的代码片段'],
    enterprises: ['see and change your enterprises', '查看和更新您的企业'],
  }),
  scopes: { default: ['user_info', 'emails'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 86_400 },
  classify: classifyByWords({
    dead: { 'access token is expired': 'expired', 'access token does not exist': 'rejected' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  rewrite: {
    request: (request) => {
      request.headers.set('user-agent', userAgent);
      return request;
    },
  },
  account,
});

const profile = z.object({
  // A login can be renamed and then taken by another person. The number never changes.
  id: numericId,
  login: shown,
  name: shown,
  avatar_url: shown,
});

const emails = z.array(z.object({ email: z.string(), state: z.string(), scope: z.array(z.string()) }));

async function account({ tokens, registration: { endpoints }, http }: AccountCall) {
  const authorization = `Bearer ${tokens.accessToken.reveal()}`;
  const headers = { authorization, accept: 'application/json', 'user-agent': userAgent };
  const user = new URL(`${endpoints.api}/user`);
  const { id, login, name, avatar_url } = profile.parse(await http.json('profile', user, { headers }));
  // The profile has a public address of the person's choice. Only the list says which address is confirmed.
  const listed = tokens.scopes?.includes('emails')
    ? await http.anyJson('profile', new URL(`${endpoints.api}/emails`), { headers })
    : [];
  const primary = emails
    .safeParse(listed)
    .data?.find(({ state, scope }) => state === 'confirmed' && scope.includes('primary'));
  return {
    subject: id,
    alternates: {},
    name: name ?? login,
    picture: avatar_url,
    email: primary?.email,
    emailVerified: primary !== undefined,
  };
}
