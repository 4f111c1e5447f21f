import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { bearer, fetchProfile } from '../contract/fetch-profile.ts';
import { shown, yes } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const dropbox = oauth2({
  provider: 'dropbox',
  title: { en: 'Dropbox', zh: 'Dropbox' },
  issuer: 'https://www.dropbox.com',
  endpoints: {
    authorization: 'https://www.dropbox.com/oauth2/authorize',
    token: 'https://api.dropboxapi.com/oauth2/token',
    userinfo: 'https://api.dropboxapi.com/2/users/get_current_account',
    revocation: 'https://api.dropboxapi.com/2/auth/token/revoke',
    api: 'https://api.dropboxapi.com/2',
  },
  manageAccess: { url: 'https://www.dropbox.com/account/connected_apps' },
  scopeWords: scopeWords({
    'account_info.read': ['see your name and e-mail address', '获取您的姓名和邮箱地址'],
    'files.metadata.read': ['see the names of your files', '查看您的文件信息'],
    'files.content.read': ['read your files', '读取您的文件'],
    'files.content.write': ['change and delete your files', '修改和删除您的文件'],
    'sharing.read': ['see what you share', '查看您的共享'],
    'sharing.write': ['change what you share', '管理您的共享'],
  }),
  scopes: { default: ['account_info.read'], separator: ' ' },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 14_400 },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['dropbox-api-arg', 'dropbox-api-path-root'],
  authorizeParameters: ({ forceConsent }) => ({
    token_access_type: 'offline',
    ...(forceConsent && { force_reapprove: 'true' }),
  }),
  classify,
  account,
  revokesBy: 'live-token',
  revoke,
});

/** Classifies the API's own errors: `{error_summary, error: {".tag"}}`. */
function classify({ body }: FailureSigns): Failure | undefined {
  switch (asObject(body.error)?.['.tag']) {
    case 'expired_access_token':
      return { kind: 'grant-dead', reason: 'expired' };
    case 'invalid_access_token':
      return { kind: 'grant-dead', reason: 'revoked_by_user' };
    default:
      return undefined;
  }
}

const profile = z.object({
  account_id: z.string(),
  name: z.object({ display_name: shown }).optional().catch(undefined),
  email: shown,
  email_verified: yes,
  profile_photo_url: shown,
});

async function account(call: AccountCall) {
  // Dropbox's API has procedures, called by POST without a body.
  const { account_id, name, email, email_verified, profile_photo_url } = profile.parse(
    await fetchProfile(call, { method: 'POST' }),
  );
  return {
    subject: account_id,
    alternates: {},
    name: name?.display_name,
    picture: profile_photo_url,
    email,
    emailVerified: email !== undefined && email_verified === true,
  };
}

/** Revokes the access token, which ends the refresh token too. */
async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { revocation, api } = registration.endpoints;
  await http.done('revoke', new URL(revocation ?? api), { method: 'POST', headers: bearer(accessToken) });
}
