import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Atlassian's OAuth 2.0 (3LO), for Jira, Confluence and its other products. */
export const atlassian = oauth2({
  provider: 'atlassian',
  title: { en: 'Atlassian', zh: 'Atlassian' },
  issuer: 'https://auth.atlassian.com',
  endpoints: {
    authorization: 'https://auth.atlassian.com/authorize',
    token: 'https://auth.atlassian.com/oauth/token',
    userinfo: 'https://api.atlassian.com/me',
    api: 'https://api.atlassian.com',
  },
  manageAccess: { url: 'https://id.atlassian.com/manage-profile/apps' },
  scopeWords: scopeWords({
    'read:me': ['see your profile', '查看您的个人资料'],
    'read:account': ['see your account', '查看您的账号信息'],
    'read:jira-user': ['see people in Jira', '查看 Jira 用户信息'],
    'read:jira-work': ['read your projects and issues in Jira', '读取您的 Jira 项目和事务'],
    'write:jira-work': ['create and change issues in Jira', '创建和修改 Jira 事务'],
    'read:confluence-content.all': ['read your pages in Confluence', '读取您的 Confluence 页面'],
    'write:confluence-content': ['write pages in Confluence', '编写 Confluence 页面'],
  }),
  scopes: { default: ['read:me', 'offline_access'], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    refreshLifetime: 90 * 86_400,
    absoluteCap: 365 * 86_400,
    keepAlive: 30 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['x-atlassian-token', 'x-experimentalapi', 'x-force-accept-language'],
  authorizeParameters: () => ({ audience: 'api.atlassian.com', prompt: 'consent' }),
  classify,
  // The gateway of the products sends these for an expired token, and for a missing permission or item too.
  expiredToken: { doubtfulStatuses: [403, 404] },
  account,
});

function classify({ step, error }: FailureSigns): Failure | undefined {
  if (step === 'profile') return undefined;
  // Sent for a wrong client secret.
  if (error === 'access_denied') return { kind: 'misconfigured' };
  // Also sent for a refresh token, with "refresh_token is invalid".
  if (step === 'refresh' && error === 'unauthorized_client')
    return { kind: 'grant-dead', reason: 'rejected' };
  return undefined;
}

const profile = z.object({ account_id: z.string(), name: shown, email: shown, picture: shown });

async function account(call: AccountCall) {
  const { account_id, name, email, picture } = profile.parse(await fetchProfile(call));
  return { subject: account_id, alternates: {}, name, picture, email, emailVerified: false };
}
