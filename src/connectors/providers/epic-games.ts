import { z } from 'zod';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Epic Games. Its refresh tokens live for 8 hours, so an unused grant is refreshed every 4 hours. */
export const epicGames = oauth2({
  provider: 'epic-games',
  title: { en: 'Epic Games', zh: 'Epic Games' },
  issuer: 'https://api.epicgames.dev/epic/oauth/v2',
  endpoints: {
    authorization: 'https://www.epicgames.com/id/authorize',
    token: 'https://api.epicgames.dev/epic/oauth/v2/token',
    userinfo: 'https://api.epicgames.dev/epic/oauth/v2/userInfo',
    revocation: 'https://api.epicgames.dev/epic/oauth/v2/revoke',
    api: 'https://api.epicgames.dev/epic',
  },
  manageAccess: { url: 'https://www.epicgames.com/account/connections' },
  scopeWords: scopeWords({
    basic_profile: ['see your display name', '获取您的显示名称'],
  }),
  scopes: { default: ['basic_profile'], separator: ' ' },
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 7200,
    refreshLifetime: 28_800,
    keepAlive: 4 * 3600,
  },
  transport: { in: 'header', name: 'Authorization' },
  classify,
  account,
});

/** Classifies `{errorCode: "errors.com.epicgames.….code_of_it", errorMessage, numericErrorCode}`. */
function classify({ body }: FailureSigns): Failure | undefined {
  switch (String(body.errorCode).split('.').at(-1)) {
    case 'authorization_code_not_found':
      return { kind: 'code-spent' };
    case 'invalid_client':
    case 'invalid_client_credentials':
      return { kind: 'misconfigured' };
    case 'invalid_refresh_token':
    case 'invalid_token':
      return { kind: 'grant-dead', reason: 'rejected' };
  }
  return undefined;
}

const profile = z.object({ sub: z.string(), preferred_username: shown });

async function account(call: AccountCall) {
  const { sub, preferred_username: name } = profile.parse(await fetchProfile(call));
  return { subject: sub, alternates: {}, name, picture: undefined, email: undefined, emailVerified: false };
}
