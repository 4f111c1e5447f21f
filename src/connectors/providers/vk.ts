import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { asRefusal, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

const addresses = (host: string) => ({
  authorization: `https://${host}/authorize`,
  token: `https://${host}/oauth2/auth`,
  userinfo: `https://${host}/oauth2/user_info`,
  revocation: `https://${host}/oauth2/revoke`,
});

/** VK ID (OAuth 2.1), not the older `oauth.vk.com`. */
export const vk = oauth2({
  provider: 'vk',
  title: { en: 'VK', zh: 'VK' },
  issuer: 'https://id.vk.com',
  endpoints: { ...addresses('id.vk.com'), api: 'https://api.vk.com' },
  sameProviderOrigins: ['https://id.vk.com', 'https://id.vk.ru', 'https://api.vk.com', 'https://api.vk.ru'],
  options: {
    host: {
      about: 'The host of VK ID, which is moving from .com to .ru.',
      default: 'id.vk.com',
      values: ['id.vk.com', 'id.vk.ru'],
    },
  },
  forOptions: ({ host }) => (host === 'id.vk.ru' ? { endpoints: addresses(host) } : {}),
  scopeWords: scopeWords({
    'vkid.personal_info': ['see your name and picture', '获取您的昵称和头像'],
    phone: ['see your phone number', '获取您的手机号码'],
  }),
  scopes: { default: ['email'], separator: ' ' },
  email: 'unverified',
  // The verifier and the device id replace a client secret.
  clientAuthentication: 'none',
  pkce: 'required',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    refreshLifetime: 180 * 86_400,
    keepAlive: 90 * 86_400,
  },
  transport: { in: 'query', name: 'access_token' },
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  // Tokens belong to the device on which the person consented. Each refresh and the revocation must name it.
  parameters: ({ callback }) => (callback.device_id === undefined ? {} : { device_id: callback.device_id }),
  classify,
  account,
  revoke,
  revokesBy: 'live-token',
});

function rewriteRequest(
  request: HttpRequest,
  _registration: Registration,
  context: RewriteContext,
): HttpRequest {
  const device = context.callback.device_id ?? context.parameters.device_id;
  if (device !== undefined) request.body.set('device_id', device);
  request.body.set('state', context.callback.state ?? randomUUID());
  return request;
}

/** Rewrites errors, which come with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  return typeof body?.error === 'string' ? asRefusal(answer, { ...body, error: body.error }) : answer;
}

function classify({ step, status, error }: FailureSigns): Failure | undefined {
  if (error === undefined) return undefined;
  // These calls send one token only, so the error is about it.
  if (error === 'invalid_token' && step !== 'exchange') return { kind: 'grant-dead', reason: 'rejected' };
  if (status !== 200) return undefined;
  return error === 'slow_down' ? { kind: 'rate-limited', retryAfter: undefined } : { kind: 'unknown' };
}

const profile = z.object({
  user: z.object({
    user_id: numericId,
    first_name: shown,
    last_name: shown,
    avatar: shown,
    email: shown,
  }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const { clientId, endpoints } = registration;
  const url = new URL(endpoints.userinfo ?? `${endpoints.token.replace(/auth$/, 'user_info')}`);
  const body = new URLSearchParams({ access_token: tokens.accessToken.reveal(), client_id: clientId });
  const { user } = profile.parse(await http.json('profile', url, { method: 'POST', body }));
  return {
    subject: user.user_id,
    alternates: {},
    name: [user.first_name, user.last_name].filter(Boolean).join(' ') || undefined,
    picture: user.avatar,
    email: user.email,
    emailVerified: false,
  };
}

async function revoke({ accessToken, parameters, registration, http }: RevokeCall): Promise<void> {
  const { clientId, endpoints } = registration;
  const body = new URLSearchParams({
    access_token: accessToken.reveal(),
    client_id: clientId,
    ...(parameters.device_id !== undefined && { device_id: parameters.device_id }),
  });
  const url = new URL(endpoints.revocation ?? endpoints.token.replace(/auth$/, 'revoke'));
  await http.done('revoke', url, { method: 'POST', body });
}
