import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import { includesBy } from '../contract/scope-cover.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { stravaSignals, verifyTokenOption } from './signals/strava.ts';

export const strava = oauth2({
  provider: 'strava',
  title: { en: 'Strava', zh: 'Strava' },
  issuer: 'https://www.strava.com',
  endpoints: {
    authorization: 'https://www.strava.com/oauth/authorize',
    token: 'https://www.strava.com/api/v3/oauth/token',
    userinfo: 'https://www.strava.com/api/v3/athlete',
    revocation: 'https://www.strava.com/oauth/deauthorize',
    api: 'https://www.strava.com/api/v3',
  },
  manageAccess: { url: 'https://www.strava.com/settings/apps' },
  scopeWords: scopeWords({
    read: ['see your public profile', '获取您的公开资料'],
    read_all: ['see your private routes and profile', '查看您的私密路线和资料'],
    'profile:read_all': ['see all of your profile', '查看您的全部资料'],
    'activity:read': ['see your activities', '查看您的运动记录'],
    'activity:read_all': [
      'see all your activities, private ones too',
      '查看您的全部运动记录（包括私密记录）',
    ],
    'activity:write': ['add and change activities', '添加和修改运动记录'],
  }),
  scopes: {
    default: ['read'],
    separator: ',',
    cover: { includes: includesBy({ read_all: ['read'], 'activity:read_all': ['activity:read'] }) },
  },
  options: { verify_token: verifyTokenOption },
  signals: stravaSignals,
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 21_600 },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceConsent }) => ({ approval_prompt: forceConsent ? 'force' : 'auto' }),
  classify,
  account,
  // Only the callback lists the scopes that the person accepted.
  grantedScopes: async ({ callback }) => (callback.scope ?? '').split(',').filter(Boolean),
  revokesBy: 'live-token',
  revoke,
});

/** Classifies Strava's own errors: `{message, errors: [{resource, field, code}]}`. */
function classify({ step, status, body }: FailureSigns): Failure | undefined {
  const [first] = Array.isArray(body.errors) ? body.errors : [];
  switch (asObject(first)?.resource) {
    case 'AuthorizationCode':
      return { kind: 'code-spent' };
    case 'RefreshToken':
      return { kind: 'grant-dead', reason: 'rejected' };
    case 'Application':
      return { kind: 'misconfigured' };
  }
  // The same error stands for an expired token and for an ended grant.
  return step === 'revoke' && status === 401 ? { kind: 'grant-dead', reason: 'expired' } : undefined;
}

const profile = z.object({ id: numericId, firstname: shown, lastname: shown, profile: shown });

async function account(call: AccountCall) {
  const { id, firstname, lastname, profile: picture } = profile.parse(await fetchProfile(call));
  const name = [firstname, lastname].filter(Boolean).join(' ') || undefined;
  return { subject: id, alternates: {}, name, picture, email: undefined, emailVerified: false };
}

async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { revocation, api } = registration.endpoints;
  const body = new URLSearchParams({ access_token: accessToken.reveal() });
  await http.done('revoke', new URL(revocation ?? api), { method: 'POST', body });
}
