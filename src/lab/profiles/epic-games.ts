import { alphabets, derived, random } from '../core/mint.ts';
import type { Problem } from '../core/refusal.ts';
import { json } from '../core/wire.ts';
import { secondsLeft } from '../engines/redeem-code.ts';
import { standardProfile } from '../engines/standard.ts';
import type { Profile } from '../profile.ts';

type Said = readonly [status: number, code: string, number: number];

const badCode: Said = [400, 'account.oauth.authorization_code_not_found', 18059];
const badRefresh: Said = [400, 'account.auth_token.invalid_refresh_token', 18036];
const badClient: Said = [401, 'account.invalid_client_credentials', 18033];
const badToken: Said = [401, 'common.oauth.invalid_token', 1014];

const words: Partial<Record<Problem, Said>> = {
  code_unknown: badCode,
  code_used: badCode,
  code_expired: badCode,
  refresh_unknown: badRefresh,
  refresh_expired: badRefresh,
  refresh_revoked: badRefresh,
  client_unknown: badClient,
  client_secret: badClient,
  token_missing: badToken,
  token_unknown: badToken,
  token_expired: badToken,
  token_revoked: badToken,
};

export const epicGames: Profile = standardProfile({
  name: 'epic-games',
  title: 'Epic Games',
  provider: 'epic-games',
  clientId: `xyza7891${derived('epic client id', 24, alphabets.hex)}`,
  rotation: 'single-use',
  mint: {
    code: () => random(32, alphabets.hex),
    access: () => `eg1~${random(200, alphabets.base64url)}`,
    refresh: () => `eg1~${random(200, alphabets.base64url)}`,
  },
  subject: (person) => derived(`epic id ${person.id}`, 32, alphabets.hex),
  authorize: { path: '/id/authorize', required: ['scope'], challenge: 'ignored' },
  api: '/epic',
  token: {
    path: '/epic/oauth/v2/token',
    life: { access: 7200, refresh: 28_800 },
    clientAuth: ['basic'],
    pkce: 'ignored',
    refreshSlides: true,
  },
  answer: (fields, { access, refresh }, room) => ({
    ...fields,
    token_type: 'bearer',
    expires_at: new Date(access.expiresAt ?? 0).toISOString(),
    refresh_expires_in: refresh && secondsLeft(room, refresh),
    refresh_expires_at: refresh && new Date(refresh.expiresAt ?? 0).toISOString(),
    account_id: room.profile.subject(room.person(access.user), access.clientId),
    client_id: access.clientId,
    application_id: 'fghi4567symbolonlab',
  }),
  userinfo: {
    path: '/epic/oauth/v2/userInfo',
    body: (person, room, { clientId }) => ({
      sub: room.profile.subject(person, clientId),
      preferred_username: person.name,
    }),
  },
  revocation: { path: '/epic/oauth/v2/revoke' },
  refuse(problem, _call, detail) {
    const [status, code, number] = words[problem] ?? [400, 'common.oauth.invalid_request', 1013];
    const errorCode = `errors.com.epicgames.${code}`;
    return json({ errorCode, errorMessage: detail, numericErrorCode: number }, status);
  },
});
