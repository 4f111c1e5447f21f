import { z } from 'zod';
import { asJson, asRefusal, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { familyOption, nativeAudienceOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** DingTalk, version 1.0 of its OAuth 2.0. The scope `openid` has nothing to do with OpenID Connect. */
export const dingtalk = oauth2({
  provider: 'dingtalk',
  title: { en: 'DingTalk', zh: '钉钉' },
  homeMarket: 'china',
  pinyin: 'ding ding',
  issuer: 'https://login.dingtalk.com',
  endpoints: {
    authorization: 'https://login.dingtalk.com/oauth2/auth',
    token: 'https://api.dingtalk.com/v1.0/oauth2/userAccessToken',
    userinfo: 'https://api.dingtalk.com/v1.0/contact/users/me',
    api: 'https://api.dingtalk.com',
  },
  options: {
    family: familyOption,
    native_audience: nativeAudienceOption,
    corp_id: {
      about:
        'Only members of this organization (CorpId) may sign in; the connection then needs the scope corpid.',
      pattern: /^[\w-]{4,64}$/,
    },
  },
  forOptions: ({ corp_id }) =>
    corp_id === undefined ? {} : { scopes: { default: ['openid', 'corpid'], separator: ' ' } },
  sharedId: 'dingtalk:unionId',
  profileIds: { subject: 'openId', shared: 'unionId' },
  native: { kinds: ['code'] },
  inApp: { userAgent: /DingTalk\//i },
  callback: { code: 'authCode' },
  scopeWords: scopeWords({
    openid: ['see your name and picture', '获取您的昵称和头像'],
    corpid: ['know which organisation you act for', '获取您所选择的组织'],
    'Contact.User.Read': ['see your profile in the directory', '获取您的通讯录个人信息'],
    'Contact.User.mobile': ['see your phone number', '获取您的手机号码'],
  }),
  scopes: { default: ['openid'], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    // Every refresh returns a new value. The documentation does not say whether the old one still works.
    rotation: 'single-use',
    accessLifetime: 7200,
    refreshLifetime: 30 * 86_400,
    keepAlive: 20 * 86_400,
  },
  transport: { in: 'header', name: 'x-acs-dingtalk-access-token' },
  // Without it some people see an error page.
  authorizeParameters: () => ({ prompt: 'consent' }),
  rewriteAuthorizeUrl: (url, { options: { corp_id } }) => {
    if (corp_id === undefined) return url;
    url.searchParams.set('exclusiveLogin', 'true');
    url.searchParams.set('exclusiveCorpId', corp_id);
    return url;
  },
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ extra }) => (typeof extra.corpId === 'string' ? { corpId: extra.corpId } : {}),
  classify,
  account,
});

function rewriteRequest({ method, url, body }: HttpRequest, { clientId, clientSecret }: Registration) {
  const { grant_type: grantType, code, refresh_token: refreshToken } = Object.fromEntries(body);
  const given = grantType === 'refresh_token' ? { refreshToken } : { code };
  const headers = new Headers({ 'content-type': 'application/json', accept: 'application/json' });
  const client = { clientId, clientSecret: clientSecret?.reveal() ?? '' };
  return { method, url, headers, body: JSON.stringify({ ...client, ...given, grantType }) };
}

function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  if (!body) return answer;
  if (typeof body.accessToken === 'string') {
    const { accessToken: access_token, refreshToken: refresh_token, expireIn: expires_in, ...more } = body;
    const tokens = { access_token, refresh_token: refresh_token ?? null, expires_in: expires_in ?? null };
    return asJson(answer, { ...tokens, ...more });
  }
  return typeof body.code === 'string' ? asRefusal(answer, { error: body.code, code: body.code }) : answer;
}

/**
 * Classifies dotted codes. Only that for an authorization code is documented; the others are recognised by the names in
 * them.
 */
function classify({ step, status, body, retryAfter }: FailureSigns): Failure | undefined {
  const { code } = body;
  if (typeof code !== 'string' || status >= 500) return undefined;
  if (/QpsLimit|Throttling/i.test(code)) return { kind: 'rate-limited', retryAfter };
  // Also sent for a refresh token.
  if (/authCode|refreshToken/i.test(code))
    return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'grant-dead', reason: 'rejected' };
  if (/client|app_?(key|secret)|AccessTokenPermissionDenied/i.test(code)) return { kind: 'misconfigured' };
  if (/^InvalidAuthentication/i.test(code)) return { kind: 'grant-dead', reason: 'rejected' };
  return status === 429 ? undefined : { kind: 'unknown' };
}

const profile = z.object({
  openId: z.string().min(1),
  unionId: furtherId,
  nick: shown,
  avatarUrl: shown,
  email: shown,
});

async function account({ tokens, registration: { endpoints, options }, http }: AccountCall) {
  if (options.corp_id !== undefined && tokens.extra.corpId !== options.corp_id)
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: 'other_organization' });
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/v1.0/contact/users/me`);
  const headers = { 'x-acs-dingtalk-access-token': tokens.accessToken.reveal(), accept: 'application/json' };
  const { openId, unionId, nick, avatarUrl, email } = profile.parse(
    await http.json('profile', url, { headers }),
  );
  return {
    subject: openId,
    alternates: { ...(unionId && { 'dingtalk:unionId': unionId }) },
    name: nick,
    picture: avatarUrl,
    email,
    emailVerified: false,
  };
}
