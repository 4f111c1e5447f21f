import { z } from 'zod';
import { asJson, asRefusal, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { gatewayForm, gatewayHeaders, openAnswer } from './alipay/gateway.ts';

const exchangeMethod = 'alipay.system.oauth.token';
const profileMethod = 'alipay.user.info.share';
const profileIds = {
  shared: 'user_id',
  within: ['alipay_user_info_share_response'],
  forms: { shared: /^2088\d{12}$/ },
};
const certificate = /^[\da-f]{32}(_[\da-f]{32})*$/;

/** Alipay. The client secret is the app's private key, which signs every call. */
export const alipay = oauth2({
  provider: 'alipay',
  title: { en: 'Alipay', zh: '支付宝' },
  homeMarket: 'china',
  pinyin: 'zhi fu bao',
  issuer: 'https://openauth.alipay.com',
  endpoints: {
    authorization: 'https://openauth.alipay.com/oauth2/publicAppAuthorize.htm',
    token: 'https://openapi.alipay.com/gateway.do',
    api: 'https://openapi.alipay.com/gateway.do',
  },
  options: {
    family: familyOption,
    alipay_public_key: {
      about: 'Alipay’s own public key (支付宝公钥) for this app, with which it signs its answers.',
      required: true,
    },
    subject: {
      about: 'The id that identifies a person: open_id for newer apps, user_id for older ones.',
      default: 'open_id',
      values: ['open_id', 'user_id'],
    },
    environment: {
      about: 'The environment in which people sign in: Alipay itself or its sandbox.',
      default: 'production',
      values: ['production', 'sandbox'],
    },
    app_cert_sn: {
      about: 'The serial number of the app’s certificate, for certificate mode.',
      pattern: certificate,
    },
    alipay_root_cert_sn: {
      about: 'The serial numbers of Alipay’s root certificates, for certificate mode.',
      pattern: certificate,
    },
  },
  forOptions: ({ environment, subject }) => ({
    profileIds: { ...profileIds, subject: subject === 'user_id' ? 'user_id' : 'open_id' },
    ...(environment === 'sandbox' && {
      endpoints: {
        authorization: 'https://openauth.alipaydev.com/oauth2/publicAppAuthorize.htm',
        token: 'https://openapi.alipaydev.com/gateway.do',
        api: 'https://openapi.alipaydev.com/gateway.do',
      },
    }),
  }),
  sharedId: 'alipay:user_id',
  alternates: ['alipay:union_id'],
  inApp: { userAgent: /AlipayClient/ },
  callback: { code: 'auth_code' },
  scopeWords: scopeWords({
    auth_user: ['see your nickname and picture', '获取您的昵称和头像'],
    auth_base: ['know that it is you', '获取您的用户标识'],
  }),
  scopes: { default: ['auth_user'], separator: ',' },
  registrationRules: { refusesRedirect: ['localhost'] },
  clientAuthentication: 'none',
  pkce: 'unsupported',
  // The answer states both lifetimes, which depend on the scopes. A refresh does not extend the refresh token.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'query', name: 'auth_token' },
  rewriteAuthorizeUrl,
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ registration }) => ({ app_id: registration.clientId }),
  classify,
  account,
});

function rewriteAuthorizeUrl(url: URL): URL {
  const { client_id = '', scope = '', redirect_uri = '', state = '' } = Object.fromEntries(url.searchParams);
  const rewritten = new URL(url.origin + url.pathname);
  rewritten.search = new URLSearchParams({ app_id: client_id, scope, redirect_uri, state }).toString();
  return rewritten;
}

function rewriteRequest(
  { method, url, body }: HttpRequest,
  registration: Registration,
  { step, now }: RewriteContext,
) {
  const { grant_type = '', code = '', refresh_token = '' } = Object.fromEntries(body);
  const parameters = { grant_type, code, refresh_token };
  const form = gatewayForm({ step, method: exchangeMethod, parameters, now }, registration);
  return { method, url, headers: new Headers(gatewayHeaders), body: form };
}

function rewriteAnswer(answer: HttpAnswer, registration: Registration): HttpAnswer {
  const opened = { ...answer, text: openAnswer(answer.text, exchangeMethod, registration) };
  const body = bodyOf(opened);
  if (typeof body?.error === 'string') return asRefusal(opened, { ...body, error: body.error });
  if (typeof body?.access_token !== 'string') return answer;
  const { re_expires_in = null, ...fields } = body;
  return asJson(opened, { ...fields, refresh_token_expires_in: re_expires_in });
}

function classify({ status, error, body, retryAfter }: FailureSigns): Failure | undefined {
  switch (error) {
    case 'isv.code-invalid':
      return { kind: 'code-spent' };
    case 'isv.refreshed-token-invalid':
    case 'isv.refresh-token-invalid':
    case 'aop.invalid-auth-token':
      return { kind: 'grant-dead', reason: 'rejected' };
    case 'isv.refresh-token-time-out':
    case 'aop.auth-token-time-out':
      return { kind: 'grant-dead', reason: 'expired' };
    case 'isv.invalid-signature':
    case 'isv.missing-signature-key':
    case 'isv.invalid-app-id':
    case 'isv.unmatched-app-id':
    case 'alipay_public_key':
      return { kind: 'misconfigured' };
    case 'isp.unknow-error':
    case 'aop.unknow-error':
      return { kind: 'unavailable', retryAfter };
    case 'bad_signature':
      // The gateway signs its answers, so this one may come from a proxy in front of it.
      return status < 429 ? { kind: 'unknown' } : undefined;
  }
  if (typeof body.code !== 'string' || typeof body.sub_code !== 'string') return undefined;
  if (body.code === '20000') return { kind: 'unavailable', retryAfter };
  // The app lacks a permission.
  return { kind: body.code === '40006' ? 'misconfigured' : 'unknown' };
}

const ids = z.object({ open_id: furtherId, user_id: furtherId, union_id: furtherId });
const profile = ids.extend({ nick_name: shown, avatar: shown });

async function account(call: AccountCall) {
  const { tokens, registration } = call;
  const told = ids.parse(tokens.extra);
  // `auth_base` shows no consent page and gives the id alone.
  const person = registration.scopes.includes('auth_user')
    ? profile.parse(await fetchSharedInfo(call))
    : { ...told, nick_name: undefined, avatar: undefined };
  const subject = registration.options.subject === 'user_id' ? 'user_id' : 'open_id';
  if (told[subject] === undefined || person[subject] !== told[subject])
    throw new Error(`profile and token do not tell one ${subject}`);
  const user_id = told.user_id ?? person.user_id;
  const union_id = told.union_id ?? person.union_id;
  return {
    subject: told[subject],
    alternates: {
      ...(user_id && { 'alipay:user_id': user_id }),
      ...(union_id && { 'alipay:union_id': union_id }),
    },
    name: person.nick_name,
    picture: person.avatar,
    email: undefined,
    emailVerified: false,
  };
}

async function fetchSharedInfo({ tokens, registration, http, now }: AccountCall) {
  const parameters = { auth_token: tokens.accessToken.reveal() };
  const asked = { step: 'profile', method: profileMethod, parameters, now } as const;
  const { userinfo, token } = registration.endpoints;
  return await http.json('profile', new URL(userinfo ?? token), {
    method: 'POST',
    headers: gatewayHeaders,
    body: gatewayForm(asked, registration),
    open: (text) => openAnswer(text, profileMethod, registration),
  });
}
