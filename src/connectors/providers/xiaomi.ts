import { z } from 'zod';
import { asJson, asRefusal, bodyOf, numberOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Xiaomi account. Scopes are numbers: 1 is the profile, 3 the openId. */
export const xiaomi = oauth2({
  provider: 'xiaomi',
  title: { en: 'Xiaomi', zh: '小米账号' },
  homeMarket: 'china',
  pinyin: 'xiao mi',
  accountName: { en: 'Xiaomi account', zh: '小米账号' },
  platform: { en: 'Xiaomi', zh: '小米' },
  issuer: 'https://account.xiaomi.com',
  endpoints: {
    authorization: 'https://account.xiaomi.com/oauth2/authorize',
    token: 'https://account.xiaomi.com/oauth2/token',
    userinfo: 'https://open.account.xiaomi.com/user/profile',
    api: 'https://open.account.xiaomi.com',
  },
  options: { family: familyOption },
  sharedId: 'xiaomi:union_id',
  profileIds: { subject: 'openId', shared: 'unionId', within: ['data'] },
  scopeWords: scopeWords({
    1: ['see your name and picture', '获取您的昵称和头像'],
    3: ['know that it is you', '获取您的 OpenID'],
    4: ['see your phone number', '获取您的手机号码'],
    6: ['see your e-mail address', '获取您的邮箱地址'],
  }),
  scopes: { default: ['1', '3'], separator: ' ' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 90 * 86_400,
    refreshLifetime: 10 * 365 * 86_400,
  },
  transport: { in: 'query', name: 'token' },
  authorizeParameters: ({ forceConsent }) => ({ ...(forceConsent && { skip_confirm: 'false' }) }),
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ registration }) => ({ clientId: registration.clientId }),
  classify,
  account,
});

/** Rewrites the request into a GET, as documented. The redirect URI is required at a refresh too. */
function rewriteRequest({ url, body }: HttpRequest, { redirectUri }: Registration): HttpRequest {
  const rewritten = new URL(url);
  rewritten.search = new URLSearchParams({
    ...Object.fromEntries(body),
    redirect_uri: redirectUri,
  }).toString();
  const headers = new Headers({ accept: 'application/json' });
  return { method: 'GET', url: rewritten, headers, body: new URLSearchParams() };
}

function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf({ ...answer, text: answer.text.replace(/^\s*&&&START&&&/, '') });
  if (!body) return answer;
  const code = numberOf(body.error);
  if (code !== undefined) return asRefusal(answer, { error: `xiaomi_${code}`, code });
  // "mac" tokens are sent as they are, without a signature, so the key for it is removed.
  const { token_type: _type, mac_key: _key, mac_algorithm: _algorithm, ...fields } = body;
  return asJson(answer, fields);
}

function classify({ step, status, body }: FailureSigns): Failure | undefined {
  const code = numberOf(body.code) ?? numberOf(body.error);
  switch (code) {
    case 96013:
      return { kind: 'code-spent' };
    case 96001:
    case 96003:
    case 96005:
    case 96007:
    case 96010:
      return { kind: 'misconfigured' };
    case 96008:
      return { kind: 'grant-dead', reason: 'expired' };
    case 96009:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 96012:
      return step === 'exchange' ? { kind: 'unknown' } : { kind: 'grant-dead', reason: 'revoked_by_user' };
    case undefined:
    case 0:
      return step === 'profile' && status === 403 ? { kind: 'grant-dead', reason: 'rejected' } : undefined;
    default:
      return { kind: 'unknown' };
  }
}

const holder = z.object({ openId: z.string().min(1), union_id: furtherId });
const profile = z.object({ data: z.object({ miliaoNick: shown, miliaoIcon: shown, unionId: furtherId }) });

async function account({ tokens, registration, http }: AccountCall) {
  const { openId, union_id } = holder.parse(tokens.extra);
  const { userinfo, api } = registration.endpoints;
  const url = new URL(userinfo ?? `${api}/user/profile`);
  const token = tokens.accessToken.reveal();
  url.search = new URLSearchParams({ clientId: registration.clientId, token }).toString();
  const { data } = profile.parse(await http.json('profile', url));
  const unionId = union_id ?? data.unionId;
  return {
    subject: openId,
    alternates: { ...(unionId && { 'xiaomi:union_id': unionId }) },
    name: data.miliaoNick,
    picture: data.miliaoIcon,
    email: undefined,
    emailVerified: false,
  };
}
