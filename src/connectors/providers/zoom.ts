import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { webhookSecretOption } from '../contract/signed-message.ts';
import { zoomSignals } from './signals/zoom.ts';

/** Zoom. The scopes are chosen at the app's registration, so none are requested. */
export const zoom = oauth2({
  provider: 'zoom',
  title: { en: 'Zoom', zh: 'Zoom' },
  issuer: 'https://zoom.us',
  endpoints: {
    authorization: 'https://zoom.us/oauth/authorize',
    token: 'https://zoom.us/oauth/token',
    userinfo: 'https://api.zoom.us/v2/users/me',
    revocation: 'https://zoom.us/oauth/revoke',
    api: 'https://api.zoom.us/v2',
  },
  manageAccess: { url: 'https://marketplace.zoom.us/user/installed' },
  scopeWords: scopeWords({
    'user:read': ['see your profile', '查看您的个人资料'],
    'user:read:user': ['see your profile', '查看您的个人资料'],
    'meeting:read': ['see your meetings', '查看您的会议'],
    'meeting:write': ['create and change your meetings', '创建和修改您的会议'],
    'recording:read': ['see your recordings', '查看您的录像'],
  }),
  scopes: { default: [], separator: ' ' },
  options: { webhook_secret: webhookSecretOption },
  signals: zoomSignals,
  email: 'vouched',
  clientAuthentication: 'client_secret_basic',
  pkce: 'supported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    refreshLifetime: 90 * 86_400,
    keepAlive: 30 * 86_400,
  },
  classify: classifyByWords({
    dead: { 'invalid token!': 'rejected', '124': 'rejected', 'access token is expired': 'expired' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  // The API of an account is at the address of its region.
  parameters: ({ extra }) => (typeof extra.api_url === 'string' ? { api_url: extra.api_url } : {}),
  account,
});

const profile = z.object({
  id: z.string(),
  display_name: shown,
  first_name: shown,
  last_name: shown,
  email: shown,
  verified: z.number().optional().catch(undefined),
  pic_url: shown,
});

async function account(call: AccountCall) {
  const person = profile.parse(await fetchProfile(call));
  const full = [person.first_name, person.last_name].filter(Boolean).join(' ');
  return {
    subject: person.id,
    alternates: {},
    name: person.display_name ?? (full || undefined),
    picture: person.pic_url,
    email: person.email,
    // 0 or 1.
    emailVerified: person.email !== undefined && person.verified === 1,
  };
}
