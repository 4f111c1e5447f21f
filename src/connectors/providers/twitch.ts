import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { RevokeCall } from '../contract/calls.ts';
import { oidc } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

const claims = { email: null, email_verified: null, picture: null, preferred_username: null };

export const twitch = oidc({
  provider: 'twitch',
  title: { en: 'Twitch', zh: 'Twitch' },
  issuer: 'https://id.twitch.tv/oauth2',
  endpoints: {
    authorization: 'https://id.twitch.tv/oauth2/authorize',
    token: 'https://id.twitch.tv/oauth2/token',
    userinfo: 'https://id.twitch.tv/oauth2/userinfo',
    revocation: 'https://id.twitch.tv/oauth2/revoke',
    jwks: 'https://id.twitch.tv/oauth2/keys',
    api: 'https://api.twitch.tv/helix',
  },
  manageAccess: { url: 'https://www.twitch.tv/settings/connections' },
  scopeWords: scopeWords({
    'user:read:email': ['see your e-mail address', '获取您的邮箱地址'],
    'channel:read:subscriptions': ['see your subscribers', '查看您的订阅者'],
    'chat:read': ['read chats as you', '以您的身份查看聊天'],
    'chat:edit': ['write in chats as you', '以您的名义发送聊天消息'],
  }),
  scopes: {
    default: ['openid', 'user:read:email'],
    separator: ' ',
    cover: { includes: (wide, narrow) => wide.replace(':manage:', ':read:') === narrow },
  },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 14_400 },
  transport: {
    in: 'header',
    name: 'Authorization',
    headers: ({ clientId }) => ({ 'Client-Id': clientId }),
  },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    // The address and the name are returned only if requested as claims (OpenID Connect Core 5.5).
    claims: JSON.stringify({ id_token: claims }),
    ...((forceLogin || forceConsent) && { force_verify: 'true' }),
  }),
  rewrite: { response: rewriteAnswer },
  classify,
  account: ({ sub, preferred_username: name, picture, email, email_verified }) => ({
    subject: typeof sub === 'string' ? sub : '',
    alternates: {},
    name: typeof name === 'string' && name !== '' ? name : undefined,
    picture: typeof picture === 'string' && picture !== '' ? picture : undefined,
    email: typeof email === 'string' && email !== '' ? email : undefined,
    emailVerified: email_verified === true,
  }),
  revoke,
  revokesBy: 'live-token',
});

/** Rewrites the granted scopes, which are a list. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  return body && Array.isArray(body.scope)
    ? asJson(answer, { ...body, scope: body.scope.join(' ') })
    : answer;
}

/** Classifies `{status, message}`, which the token endpoint sends instead of an error code. */
function classify({ step, status, body }: FailureSigns): Failure | undefined {
  const message = typeof body.message === 'string' ? body.message.toLowerCase() : undefined;
  if (message === undefined || status >= 429) return undefined;
  if (/client|redirect/.test(message)) return { kind: 'misconfigured' };
  if (step === 'exchange' && message.includes('code')) return { kind: 'code-spent' };
  const dead = status === 401 || message.includes('invalid refresh token');
  if (step === 'refresh' && dead) return { kind: 'grant-dead', reason: 'rejected' };
  if (step === 'revoke' && message === 'invalid token') return { kind: 'grant-dead', reason: 'rejected' };
  return { kind: 'unknown' };
}

/** Revokes the access token; Twitch accepts no other kind. */
async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { clientId, endpoints } = registration;
  const body = new URLSearchParams({ client_id: clientId, token: accessToken.reveal() });
  const url = new URL(endpoints.revocation ?? endpoints.token.replace(/token$/, 'revoke'));
  await http.done('revoke', url, { method: 'POST', body });
}
