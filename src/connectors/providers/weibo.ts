import { z } from 'zod';
import type { JsonObject } from '../../kit/exact-json.ts';
import { withoutCallback } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { weiboSignals } from './signals/weibo.ts';

/** Weibo (新浪微博), for websites. */
export const weibo = oauth2({
  provider: 'weibo',
  title: { en: 'Weibo', zh: '微博' },
  homeMarket: 'china',
  pinyin: 'wei bo',
  issuer: 'https://api.weibo.com',
  endpoints: {
    authorization: 'https://api.weibo.com/oauth2/authorize',
    token: 'https://api.weibo.com/oauth2/access_token',
    userinfo: 'https://api.weibo.com/2/users/show.json',
    api: 'https://api.weibo.com',
  },
  signals: weiboSignals,
  scopeWords: scopeWords({
    all: ['all that the app may do on Weibo', '使用该应用在微博的全部权限'],
    email: ['see your e-mail address', '获取您的邮箱地址'],
    direct_messages_read: ['read your direct messages', '读取您的私信'],
    direct_messages_write: ['send direct messages as you', '以您的名义发送私信'],
    friendships_groups_read: ['see your groups of friends', '查看您的好友分组'],
    statuses_to_me_read: ['see posts that mention you', '查看@您的微博'],
    follow_app_official_microblog: ['follow the app on Weibo', '关注该应用的官方微博'],
  }),
  scopes: { default: [], separator: ',', cover: { includes: (wide) => wide === 'all' } },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // Websites get no refresh token. Those of the mobile SDK are supported.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ locale, forceLogin }) => ({
    ...(locale === 'en' && { language: 'en' }),
    ...(forceLogin && { forcelogin: 'true' }),
  }),
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ extra }) => (typeof extra.uid === 'string' ? { uid: extra.uid } : {}),
  classify,
  account,
  grantedScopes,
  scopesOfToken: grantedScopes,
  revoke,
  revokesBy: 'live-token',
});

/** Adds the redirect URI, which Weibo requires at a refresh too. */
function rewriteRequest(request: HttpRequest, { redirectUri }: Registration): HttpRequest {
  request.body.set('redirect_uri', redirectUri);
  return request;
}

function classify({ step, body }: FailureSigns): Failure | undefined {
  const code = Number(body.error_code);
  if (!Number.isInteger(code)) return undefined;
  if (code === 21322 || code === 21324) return { kind: 'misconfigured' };
  const spent = code === 21325 || (code >= 21314 && code <= 21319);
  if (spent && step === 'exchange') return { kind: 'code-spent' };
  if (code === 21327) return { kind: 'grant-dead', reason: 'expired' };
  return spent ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
}

/** Unwraps JSONP, which Weibo sometimes sends. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  return { ...answer, text: withoutCallback(answer.text) };
}

const profile = z.object({
  idstr: numericId,
  screen_name: shown,
  name: shown,
  avatar_large: shown,
  profile_image_url: shown,
});

async function account(call: AccountCall) {
  const { tokens, registration, http } = call;
  // The call returns any person's profile, so the owner comes from the token answer or from introspection.
  const owner = numericId.parse(tokens.extra.uid ?? (await tokenInfo(call)).uid);
  const { userinfo, api } = registration.endpoints;
  const url = new URL(userinfo ?? `${api}/2/users/show.json`);
  url.search = new URLSearchParams({ access_token: tokens.accessToken.reveal(), uid: owner }).toString();
  const person = profile.parse(await http.json('profile', url, { open: withoutCallback }));
  if (person.idstr !== owner) throw new Error('the profile is of another uid than the token');
  return {
    subject: owner,
    alternates: {},
    name: person.screen_name ?? person.name,
    picture: person.avatar_large ?? person.profile_image_url,
    email: undefined,
    emailVerified: false,
  };
}

async function grantedScopes(call: AccountCall): Promise<readonly string[]> {
  const { scope } = z.object({ scope: z.string().nullish() }).parse(await tokenInfo(call));
  return (scope ?? '').split(/[ ,]+/).filter((name) => name !== '');
}

async function tokenInfo({ tokens, registration: { endpoints }, http }: AccountCall): Promise<JsonObject> {
  const url = new URL(`${endpoints.api}/oauth2/get_token_info`);
  const body = new URLSearchParams({ access_token: tokens.accessToken.reveal() });
  return await http.json('profile', url, { method: 'POST', body, open: withoutCallback });
}

async function revoke({ accessToken, registration: { endpoints }, http }: RevokeCall): Promise<void> {
  const body = new URLSearchParams({ access_token: accessToken.reveal() });
  const url = new URL(`${endpoints.api}/oauth2/revokeoauth2`);
  const { result } = await http.json('revoke', url, { method: 'POST', body, open: withoutCallback });
  if (String(result) !== 'true')
    throw new UpstreamError('revoke', { kind: 'unknown' }, { code: 'not_revoked' });
}
