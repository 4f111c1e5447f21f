import { classifyByWords } from '../contract/classify-by-words.ts';
import { oidc } from '../contract/declare.ts';
import { atSignInHost } from '../contract/manage-access.ts';
import { includesBy } from '../contract/scope-cover.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** GitLab.com, or a self-hosted instance at a connection's own addresses. Each instance is its own issuer. */
export const gitlab = oidc({
  provider: 'gitlab',
  title: { en: 'GitLab', zh: 'GitLab' },
  issuer: 'https://gitlab.com',
  endpoints: {
    authorization: 'https://gitlab.com/oauth/authorize',
    token: 'https://gitlab.com/oauth/token',
    userinfo: 'https://gitlab.com/oauth/userinfo',
    revocation: 'https://gitlab.com/oauth/revoke',
    jwks: 'https://gitlab.com/oauth/discovery/keys',
    api: 'https://gitlab.com/api/v4',
  },
  manageAccess: { url: atSignInHost('/-/user_settings/applications') },
  scopeWords: scopeWords({
    read_user: ['see your profile', '查看您的个人资料'],
    read_api: ['read all that you can read in GitLab', '读取您在 GitLab 可访问的全部内容'],
    api: ['read and change all that you can in GitLab', '读取和修改您在 GitLab 可访问的全部内容'],
    read_repository: ['read your repositories', '读取您的仓库'],
    write_repository: ['read and change your repositories', '读取和修改您的仓库'],
    read_registry: ['read container images', '读取容器镜像'],
    write_registry: ['publish container images', '发布容器镜像'],
  }),
  scopes: {
    default: ['openid', 'profile', 'email'],
    separator: ' ',
    cover: {
      includes: includesBy({
        api: ['read_api', 'write_repository', 'write_registry', 'create_runner', 'manage_runner'],
        read_api: ['read_user', 'read_repository', 'read_registry'],
        write_repository: ['read_repository'],
      }),
    },
  },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  // A refresh invalidates the old refresh token and the old access token at once.
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 7200 },
  classify: classifyByWords({ dead: { 'token was revoked': 'rejected', 'token is expired': 'expired' } }),
  transport: { in: 'header', name: 'Authorization' },
  // `/projects/group%2Fname`, `/repository/files/lib%2Findex.js`
  slashInNames: true,
  // Without `takesMaxAge`: GitLab supports `max_age`, but 0 would lead to an endless loop. It always sends `auth_time`.
  authorizeParameters: ({ forceLogin, forceConsent }) => {
    const prompt = [forceConsent && 'consent', forceLogin && 'login'].filter(Boolean).join(' ');
    return { ...(prompt && { prompt }) };
  },
});
