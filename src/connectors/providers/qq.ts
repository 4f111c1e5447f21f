import { z } from 'zod';
import { asJson, asRefusal, bodyOf, withoutCallback } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { overHttps } from './tencent/pictures.ts';

/** QQ Connect, for websites. */
export const qq = oauth2({
  provider: 'qq',
  title: { en: 'QQ', zh: 'QQ' },
  homeMarket: 'china',
  buttonWords: { en: 'Continue with QQ', zh: 'QQ 登录' },
  issuer: 'https://graph.qq.com',
  endpoints: {
    authorization: 'https://graph.qq.com/oauth2.0/authorize',
    token: 'https://graph.qq.com/oauth2.0/token',
    userinfo: 'https://graph.qq.com/user/get_user_info',
    api: 'https://graph.qq.com',
  },
  options: { family: familyOption },
  sharedId: 'qq:unionid',
  profileIds: { subject: 'openid', shared: 'unionid', forms: { shared: /^UID_/ } },
  manageAccess: { url: 'https://connect.qq.com/toc/auth_manager' },
  scopeWords: scopeWords({
    get_user_info: ['see your name and picture', '获取您的昵称和头像'],
    list_album: ['see your albums in Qzone', '查看您的 QQ 空间相册'],
    upload_pic: ['upload pictures to Qzone', '上传图片到您的 QQ 空间相册'],
    add_topic: ['post in Qzone as you', '以您的名义发表 QQ 空间说说'],
  }),
  scopes: { default: ['get_user_info'], separator: ',' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // 60 days as documented now, 90 in older texts. The answer states it.
  refresh: { how: 'refresh_token', rotation: 'single-use', accessLifetime: 60 * 86_400 },
  transport: { in: 'query', name: 'access_token' },
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ extra, registration }) => ({
    oauth_consumer_key: registration.clientId,
    ...(typeof extra.openid === 'string' && { openid: extra.openid }),
  }),
  classify,
  account,
});

/** Rewrites both grants into a GET. Without `fmt` tokens come as a form, and errors as JSONP. */
function rewriteRequest({ url, body }: HttpRequest): HttpRequest {
  const rewritten = new URL(url);
  const { scope: _scope, ...parameters } = Object.fromEntries(body);
  const exchanging = parameters.grant_type === 'authorization_code';
  rewritten.search = new URLSearchParams({
    ...parameters,
    fmt: 'json',
    ...(exchanging && { need_openid: '1' }),
  }).toString();
  const headers = new Headers({ accept: 'application/json' });
  return { method: 'GET', url: rewritten, headers, body: new URLSearchParams() };
}

function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf({ ...answer, text: withoutCallback(answer.text) });
  if (!body) return answer;
  const { error } = body;
  // Numeric codes instead of those of RFC 6749.
  if (typeof error === 'number') return asRefusal(answer, { error: `qq_${error}`, ret: error });
  return asJson(answer, body);
}

function classify({ step, body }: FailureSigns): Failure | undefined {
  const code = typeof body.error === 'number' ? body.error : body.ret;
  if (typeof code !== 'number' || code === 0) return undefined;
  switch (code) {
    case 100001:
    case 100008:
    case 100009:
    case 100010:
    case 100011:
    case 100031:
    // The unionid was requested without QQ's approval.
    case 100048:
      return { kind: 'misconfigured' };
    case 100019:
    case 100020:
      return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'unknown' };
    case 100013:
    case 100016:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 100014:
      return { kind: 'grant-dead', reason: 'expired' };
    case 100015:
    case 100030:
      return { kind: 'grant-dead', reason: 'revoked_by_user' };
    default:
      return { kind: 'unknown' };
  }
}

const identity = z.object({ client_id: z.string(), openid: z.string().min(1), unionid: furtherId });

const profile = z.object({ nickname: shown, figureurl_qq_2: shown, figureurl_qq_1: shown });

async function account(call: AccountCall) {
  const { tokens, registration, http } = call;
  const { client_id, openid, unionid } = await fetchIds(call);
  if (client_id !== registration.clientId) throw new Error('the token was issued to another app');
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/user/get_user_info`);
  url.search = new URLSearchParams({
    access_token: tokens.accessToken.reveal(),
    oauth_consumer_key: registration.clientId,
    openid,
  }).toString();
  const { nickname, figureurl_qq_2, figureurl_qq_1 } = profile.parse(
    await http.json('profile', url, { open: withoutCallback }),
  );
  return {
    subject: openid,
    alternates: { ...(unionid && { 'qq:unionid': unionid }) },
    name: nickname,
    picture: overHttps(figureurl_qq_2 ?? figureurl_qq_1),
    email: undefined,
    emailVerified: false,
  };
}

/**
 * Fetches the ids. Without QQ's approval, a request for the unionid returns no openid either, so it is repeated
 * without.
 */
async function fetchIds({ tokens, registration, http }: AccountCall) {
  const ask = async (more: Readonly<Record<string, string>>) => {
    const url = new URL(`${registration.endpoints.api}/oauth2.0/me`);
    const access_token = tokens.accessToken.reveal();
    url.search = new URLSearchParams({ access_token, fmt: 'json', ...more }).toString();
    return identity.parse(await http.json('profile', url, { open: withoutCallback }));
  };
  try {
    return await ask({ unionid: '1' });
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.failure.kind !== 'misconfigured') throw error;
    return await ask({});
  }
}
