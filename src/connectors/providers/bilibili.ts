import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import { asJson, asRefusal, bodyOf, numberOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext } from '../contract/rewrite.ts';

/** Bilibili open platform. Little of it is documented in public. Where sources differ, there is an option. */
export const bilibili = oauth2({
  provider: 'bilibili',
  title: { en: 'Bilibili', zh: '哔哩哔哩' },
  homeMarket: 'china',
  pinyin: 'bi li bi li',
  issuer: 'https://passport.bilibili.com',
  endpoints: {
    authorization: 'https://passport.bilibili.com/register/pc_oauth2.html',
    token: 'https://api.bilibili.com/x/account-oauth2/v1/token',
    refresh: 'https://api.bilibili.com/x/account-oauth2/v1/refresh_token',
    userinfo: 'https://member.bilibili.com/arcopen/fn/user/account/info',
    api: 'https://member.bilibili.com',
  },
  options: {
    family: familyOption,
    authorize_page: {
      about: 'The consent page: the older one, or that of the account centre.',
      default: 'passport',
      values: ['passport', 'account'],
    },
  },
  forOptions: ({ authorize_page }) =>
    authorize_page === 'account'
      ? {
          endpoints: { authorization: 'https://account.bilibili.com/pc/account-pc/auth/oauth' },
          rewriteAuthorizeUrl: (url) => consentPage(url, 'gourl'),
        }
      : {},
  sharedId: 'bilibili:union_id',
  profileIds: { subject: 'openid', shared: 'union_id', within: ['data'] },
  scopes: { default: [], separator: ' ' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'query', name: 'access_token' },
  // The consent page is a script that reads its parameters from the fragment.
  rewriteAuthorizeUrl: (url) => {
    const rewritten = consentPage(url, 'return_url');
    rewritten.hash = `/${rewritten.search}`;
    rewritten.search = '';
    return rewritten;
  },
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ registration }) => ({ client_id: registration.clientId }),
  classify,
  account,
});

function consentPage(url: URL, redirectName: string): URL {
  const {
    client_id = '',
    redirect_uri = '',
    response_type = '',
    state = '',
  } = Object.fromEntries(url.searchParams);
  const rewritten = new URL(url.origin + url.pathname);
  const parameters = { client_id, [redirectName]: redirect_uri, response_type, state };
  rewritten.search = new URLSearchParams(parameters).toString();
  return rewritten;
}

function rewriteRequest(
  { method, url, headers, body }: HttpRequest,
  { endpoints }: Registration,
): HttpRequest {
  const { redirect_uri: _, ...form } = Object.fromEntries(body);
  const refreshing = form.grant_type === 'refresh_token' && endpoints.refresh;
  return {
    method,
    url: refreshing ? new URL(refreshing) : url,
    headers,
    body: new URLSearchParams(form),
  };
}

function rewriteAnswer(answer: HttpAnswer, _registration: Registration, { now }: RewriteContext): HttpAnswer {
  const body = bodyOf(answer);
  const code = numberOf(body?.code);
  if (code === undefined) return answer;
  if (code !== 0) return asRefusal(answer, { error: `bilibili_${-code}`, code });
  const data = asObject(body?.data) ?? {};
  const expires = numberOf(data.expires_in);
  const absolute = expires !== undefined && expires > 1e9;
  const seconds = absolute ? expires - Math.floor(now.getTime() / 1000) : expires;
  return asJson(answer, { ...data, ...(seconds !== undefined && { expires_in: seconds }) });
}

/** Classifies the codes that all of Bilibili's APIs have in common. */
function classify({ step, body, retryAfter }: FailureSigns): Failure | undefined {
  const code = numberOf(body.code);
  if (code === undefined || code === 0) return undefined;
  switch (code) {
    case -400:
    case -404:
      return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'unknown' };
    case -1:
    case -3:
    case -4:
    case -107:
      return { kind: 'misconfigured' };
    case -2:
    case -101:
    case -102:
      return { kind: 'grant-dead', reason: 'rejected' };
    case -658:
      return { kind: 'grant-dead', reason: 'expired' };
    case -412:
    case -509:
    case -799:
      return { kind: 'rate-limited', retryAfter };
    case -112:
    case -500:
    case -503:
    case -504:
      return { kind: 'unavailable', retryAfter };
    default:
      return { kind: 'unknown' };
  }
}

const profile = z.object({
  data: z.object({ openid: z.string().min(1), union_id: furtherId, name: shown, face: shown }),
});

async function account({ tokens, registration, http }: AccountCall) {
  const { userinfo, api } = registration.endpoints;
  const url = new URL(userinfo ?? `${api}/arcopen/fn/user/account/info`);
  const access_token = tokens.accessToken.reveal();
  url.search = new URLSearchParams({ client_id: registration.clientId, access_token }).toString();
  const { data } = profile.parse(await http.json('profile', url));
  return {
    subject: data.openid,
    alternates: { ...(data.union_id && { 'bilibili:union_id': data.union_id }) },
    name: data.name,
    picture: data.face,
    email: undefined,
    emailVerified: false,
  };
}
