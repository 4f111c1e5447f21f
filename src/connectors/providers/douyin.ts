import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import { asJson, asRefusal, bodyOf, numberOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Douyin open platform, for websites. */
export const douyin = oauth2({
  provider: 'douyin',
  title: { en: 'Douyin', zh: '抖音' },
  homeMarket: 'china',
  pinyin: 'dou yin',
  issuer: 'https://open.douyin.com',
  endpoints: {
    authorization: 'https://open.douyin.com/platform/oauth/connect/',
    token: 'https://open.douyin.com/oauth/access_token/',
    refresh: 'https://open.douyin.com/oauth/refresh_token/',
    userinfo: 'https://open.douyin.com/oauth/userinfo/',
    api: 'https://open.douyin.com',
  },
  options: { family: familyOption },
  sharedId: 'douyin:union_id',
  profileIds: { subject: 'open_id', shared: 'union_id', within: ['data'], tried: true },
  manageAccess: {
    menu: {
      en: 'Settings → Account & Security → Authorisations',
      zh: '设置 → 账号与安全 → 授权管理',
    },
  },
  scopeWords: scopeWords({
    user_info: ['see your name and picture', '获取您的昵称和头像'],
    mobile_alert: ['see your phone number', '获取您的手机号码'],
    'video.list.bind': ['see your videos', '查看您的视频'],
    'video.create.bind': ['publish videos as you', '以您的名义发布视频'],
    'fans.data.bind': ['see data about your followers', '查看您的粉丝数据'],
    renew_refresh_token: ['keep its access while you are away', '在您不使用时仍可继续访问'],
  }),
  scopes: { default: ['user_info'], separator: ',' },
  registrationRules: { refusesRedirect: ['http'] },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    // A refresh extends a valid access token. The refresh token and its end do not change.
    rotation: 'static',
    accessLifetime: 15 * 86_400,
    refreshLifetime: 30 * 86_400,
    absoluteCap: 30 * 86_400,
  },
  transport: { in: 'query', name: 'access_token' },
  rewriteAuthorizeUrl,
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ extra }) => (typeof extra.open_id === 'string' ? { open_id: extra.open_id } : {}),
  classify,
  account,
});

function rewriteAuthorizeUrl(url: URL): URL {
  const { client_id, ...parameters } = Object.fromEntries(url.searchParams);
  url.search = new URLSearchParams({ client_key: client_id ?? '', ...parameters }).toString();
  return url;
}

/** Renames `client_id` to `client_key`. A refresh has its own address and sends no secret. */
function rewriteRequest({ url, body }: HttpRequest, { clientId, endpoints }: Registration): HttpRequest {
  const { grant_type, code, refresh_token, client_secret } = Object.fromEntries(body);
  const refreshing = grant_type === 'refresh_token';
  const form = refreshing
    ? { client_key: clientId, grant_type, refresh_token: refresh_token ?? '' }
    : {
        client_key: clientId,
        client_secret: client_secret ?? '',
        code: code ?? '',
        grant_type: 'authorization_code',
      };
  return {
    method: 'POST',
    url: refreshing && endpoints.refresh ? new URL(endpoints.refresh) : url,
    headers: new Headers({
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    }),
    body: new URLSearchParams(form),
  };
}

/** Moves the members of `data` to the top. Errors are there too, with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const data = asObject(bodyOf(answer)?.data);
  if (!data) return answer;
  const code = numberOf(data.error_code) ?? 0;
  if (code !== 0) return asRefusal(answer, { error: `douyin_${code}`, error_code: code });
  const { error_code: _, ...fields } = data;
  return asJson(answer, fields);
}

function classify({ body, retryAfter }: FailureSigns): Failure | undefined {
  const code = [asObject(body.data)?.error_code, body.error_code, body.err_no].map(numberOf).find(Boolean);
  if (code === undefined) return undefined;
  switch (code) {
    case 10007:
      return { kind: 'code-spent' };
    case 10008:
    case 10010:
    case 10020:
    case 2190008:
    case 28001008:
      return { kind: 'grant-dead', reason: 'expired' };
    case 28001003:
    case 28001045:
    case 28001046:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 10003:
    case 10004:
    case 10013:
    case 28001014:
    case 28001016:
    case 28001018:
    case 29002002:
      return { kind: 'misconfigured' };
    case 2190001:
    case 28003017:
    case 28003018:
      return { kind: 'rate-limited', retryAfter };
    case 2100004:
    case 28001005:
    case 28001006:
      return { kind: 'unavailable', retryAfter };
    default:
      return { kind: 'unknown' };
  }
}

const holder = z.object({ open_id: z.string().min(1) });
const profile = z.object({
  data: holder.extend({ union_id: furtherId, nickname: shown, avatar: shown }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const { open_id } = holder.parse(tokens.extra);
  const { userinfo, api } = registration.endpoints;
  const answer = await http.json('profile', new URL(userinfo ?? `${api}/oauth/userinfo/`), {
    method: 'POST',
    body: new URLSearchParams({ access_token: tokens.accessToken.reveal(), open_id }),
  });
  const { data } = profile.parse(answer);
  if (data.open_id !== open_id) throw new Error('userinfo answers for another open_id than the token');
  return {
    subject: open_id,
    alternates: { ...(data.union_id && { 'douyin:union_id': data.union_id }) },
    name: data.nickname,
    picture: data.avatar,
    email: undefined,
    emailVerified: false,
  };
}
