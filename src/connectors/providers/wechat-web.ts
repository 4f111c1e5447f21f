import { z } from 'zod';
import type { AccountCall, Registration, WireAnswer, WireRequest } from '../contract.ts';
import { oauth2 } from '../declare.ts';
import type { Failure, FailureSigns } from '../failures.ts';
import { familyOption } from '../options.ts';
import { furtherId, shown } from '../profile-fields.ts';
import { asObject, tryParse } from '../wire.ts';
import { overHttps } from './tencent/pictures.ts';

/** WeChat QR login for websites (open platform, `snsapi_login`). */
export const wechatWeb = oauth2({
  provider: 'wechat-web',
  title: { en: 'WeChat', zh: '微信' },
  issuer: 'https://open.weixin.qq.com',
  endpoints: {
    authorization: 'https://open.weixin.qq.com/connect/qrconnect',
    token: 'https://api.weixin.qq.com/sns/oauth2/access_token',
    refresh: 'https://api.weixin.qq.com/sns/oauth2/refresh_token',
    userinfo: 'https://api.weixin.qq.com/sns/userinfo',
    api: 'https://api.weixin.qq.com',
  },
  options: { family: familyOption },
  sharedId: 'wechat:unionid',
  scopes: { default: ['snsapi_login'], separator: ',' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'overlapping',
    accessLifetime: 7200,
    refreshLifetime: 30 * 86_400,
    // The website documentation: 30 days, and refreshing does not renew it.
    absoluteCap: 30 * 86_400,
  },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ locale }) => ({ lang: locale === 'zh' ? 'cn' : 'en' }),
  conformAuthorize,
  conform: { request: conformRequest, response: conformAnswer },
  parameters: ({ extra }) => ids(extra),
  classify,
  account,
});

function conformAuthorize(url: URL): URL {
  const { client_id, redirect_uri, response_type, scope, state, lang } = Object.fromEntries(url.searchParams);
  const inOrder = { appid: client_id, redirect_uri, response_type, scope, state, lang };
  const given = Object.entries(inOrder).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const conformed = new URL(url.origin + url.pathname);
  conformed.search = new URLSearchParams(given).toString();
  conformed.hash = 'wechat_redirect';
  return conformed;
}

/** A GET with `appid` and `secret`; a refresh goes elsewhere and carries no secret. */
function conformRequest(request: WireRequest, registration: Registration): WireRequest {
  const { grant_type, code, refresh_token, client_secret } = Object.fromEntries(request.body);
  const refreshing = grant_type === 'refresh_token';
  const url = new URL((refreshing && registration.endpoints.refresh) || registration.endpoints.token);
  const parameters = refreshing
    ? { appid: registration.clientId, grant_type, refresh_token: refresh_token ?? '' }
    : {
        appid: registration.clientId,
        secret: client_secret ?? '',
        code: code ?? '',
        grant_type: 'authorization_code',
      };
  url.search = new URLSearchParams(parameters).toString();
  return {
    method: 'GET',
    url,
    headers: new Headers({ accept: 'application/json' }),
    body: new URLSearchParams(),
  };
}

/** JSON sent as text/plain, errors with status 200. */
function conformAnswer(answer: WireAnswer): WireAnswer {
  const body = asObject(tryParse(answer.text));
  if (!body) return answer;
  const headers = new Headers({ 'content-type': 'application/json' });
  if (typeof body.access_token === 'string') return { ...answer, headers };
  const { errcode } = body;
  if (typeof errcode !== 'number') return answer;
  return {
    status: Math.max(400, answer.status),
    headers,
    text: JSON.stringify({ error: `wechat_${errcode}`, errcode }),
  };
}

function classify({ step, body }: FailureSigns): Failure | undefined {
  const { errcode } = body;
  if (typeof errcode !== 'number' || errcode === 0) return undefined;
  switch (errcode) {
    case -1:
      return { kind: 'unavailable' };
    case 45011:
      return { kind: 'rate-limited', retryAfter: undefined };
    case 40029:
    case 40163:
    case 42003:
      return { kind: 'code-spent' };
    case 40014:
    case 40030:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 42001:
    case 42002:
      return { kind: 'grant-dead', reason: 'expired' };
    case 42007:
      return { kind: 'grant-dead', reason: 'password_changed' };
    case 40013:
    case 40125:
    case 41002:
    case 41004:
    case 48001:
      return { kind: 'misconfigured' };
    // 40001 says "bad secret" when a code is exchanged, and "bad token" afterwards.
    case 40001:
      return step === 'exchange' ? { kind: 'misconfigured' } : { kind: 'grant-dead', reason: 'rejected' };
    default:
      return { kind: 'unknown' };
  }
}

const profile = z.object({
  openid: z.string().min(1),
  unionid: furtherId,
  nickname: shown,
  headimgurl: shown,
});

function ids(body: unknown): Record<string, string> {
  const { data } = profile.pick({ openid: true, unionid: true }).safeParse(body);
  return data ? { openid: data.openid, ...(data.unionid && { unionid: data.unionid }) } : {};
}

async function account({ tokens, registration, wire }: AccountCall) {
  const { openid } = profile.pick({ openid: true }).parse(tokens.extra);
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/sns/userinfo`);
  url.search = new URLSearchParams({
    access_token: tokens.accessToken.reveal(),
    openid,
    lang: 'zh_CN',
  }).toString();
  const person = profile.parse(await wire.json('profile', url));
  if (person.openid !== openid) throw new Error('userinfo answers for another openid than the token');
  return {
    // The openid never changes for this app, while a unionid appears the day the app is bound to an open platform
    // account: it joins, and must not become, the key.
    subject: openid,
    alternates: { ...(person.unionid && { 'wechat:unionid': person.unionid }) },
    name: person.nickname,
    picture: overHttps(person.headimgurl),
    email: undefined,
    emailVerified: false,
  };
}
