import { z } from 'zod';
import type { JsonObject } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { nativeAudienceOption } from '../contract/options.ts';
import { numericId, shown, yes } from '../contract/profile-fields.ts';
import { scopeWords } from '../contract/scope-words.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';

/** Kakao Login by its own API, which works without OpenID Connect enabled in the console. */
export const kakao = oauth2({
  provider: 'kakao',
  title: { en: 'Kakao', zh: 'Kakao' },
  issuer: 'https://kauth.kakao.com',
  endpoints: {
    authorization: 'https://kauth.kakao.com/oauth/authorize',
    token: 'https://kauth.kakao.com/oauth/token',
    userinfo: 'https://kapi.kakao.com/v2/user/me',
    jwks: 'https://kauth.kakao.com/.well-known/jwks.json',
    api: 'https://kapi.kakao.com',
  },
  manageAccess: { url: 'https://apps.kakao.com/connected/app/list' },
  scopeWords: scopeWords({
    profile_nickname: ['see your nickname', '获取您的昵称'],
    profile_image: ['see your picture', '获取您的头像'],
    account_email: ['see your e-mail address', '获取您的邮箱地址'],
    friends: ['see your friends', '查看您的好友'],
    talk_message: ['send messages as you', '以您的名义发送消息'],
  }),
  scopes: {
    default: ['profile_nickname', 'profile_image', 'account_email'],
    separator: ',',
    grantedSeparator: ' ',
  },
  options: {
    native_audience: nativeAudienceOption,
    pkce: {
      about: 'The use of PKCE, `on` or `off`. Kakao does not document it.',
      default: 'off',
      values: ['on', 'off'],
    },
  },
  forOptions: ({ pkce }) => (pkce === 'on' ? { pkce: 'supported' } : {}),
  // The audience of an access token is the numeric app id, that of an ID token is the key given to the SDK.
  native: { kinds: ['id_token', 'access_token'], audienceOf, accountFromClaims },
  email: 'vouched',
  // A connection without a secret sends the id alone. The console decides whether a secret is needed.
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 21_599,
    // A refresh token lasts two months. A new one is issued only in the last month of the old one.
    keepAlive: 25 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ loginHint, forceLogin }) => ({
    ...(forceLogin && { prompt: 'login' }),
    ...(loginHint !== undefined && { login_hint: loginHint }),
  }),
  classify,
  account,
  revoke,
  revokesBy: 'live-token',
});

const tokenInfo = z.object({ app_id: numericId });

async function audienceOf({ tokens, registration, http }: Omit<AccountCall, 'callback'>): Promise<string> {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const url = new URL(`${registration.endpoints.api}/v1/user/access_token_info`);
  return tokenInfo.parse(await http.json('exchange', url, { headers })).app_id;
}

function classify({ body }: FailureSigns): Failure | undefined {
  switch (body.error_code) {
    case 'KOE320':
      return { kind: 'code-spent' };
    case 'KOE319':
    case 'KOE322':
      return { kind: 'grant-dead', reason: 'rejected' };
    case 'KOE006':
    case 'KOE010':
    case 'KOE101':
    case 'KOE303':
      return { kind: 'misconfigured' };
  }
  switch (body.code) {
    // Expired or revoked; the code is the same.
    case -401:
      return { kind: 'grant-dead', reason: 'rejected' };
    case -101:
      return { kind: 'grant-dead', reason: 'revoked_by_user' };
    default:
      return undefined;
  }
}

const profile = z.object({
  id: numericId,
  kakao_account: z
    .object({
      profile: z.object({ nickname: shown, profile_image_url: shown }).optional().catch(undefined),
      email: shown,
      is_email_valid: yes,
      is_email_verified: yes,
    })
    .optional()
    .catch(undefined),
});

async function account({ tokens, registration: { endpoints }, http }: AccountCall) {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, accept: 'application/json' };
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/v2/user/me`);
  const { id, kakao_account: person } = profile.parse(await http.json('profile', url, { headers }));
  const email = person?.email;
  return {
    // The id is specific to this app; another app of the same company gets another number.
    subject: id,
    alternates: {},
    name: person?.profile?.nickname,
    picture: person?.profile?.profile_image_url,
    email,
    // Valid: no other account has taken the address over. Verified: the person proved ownership.
    emailVerified:
      email !== undefined && person?.is_email_valid === true && person.is_email_verified === true,
  };
}

const claimed = z.object({ sub: numericId, nickname: shown, picture: shown, email: shown });

/** Returns the account of an ID token, which has no flag for a verified address. */
function accountFromClaims(claims: JsonObject): UpstreamAccount {
  const { sub, nickname, picture, email } = claimed.parse(claims);
  return { subject: sub, alternates: {}, name: nickname, picture, email, emailVerified: false };
}

/** Unlinks the person from the app, which ends all tokens. */
async function revoke({ accessToken, registration: { endpoints }, http }: RevokeCall): Promise<void> {
  const headers = { authorization: `Bearer ${accessToken.reveal()}`, accept: 'application/json' };
  await http.done('revoke', new URL(`${endpoints.api}/v1/user/unlink`), { method: 'POST', headers });
}
