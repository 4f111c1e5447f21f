import { z } from 'zod';
import { Secret } from '../../kit/secret.ts';
import type { IdentifyCall, ProviderRequest } from '../contract/calls.ts';
import { tokenless } from '../contract/declare.ts';
import { type Failure, type FailureSigns, type Step, UpstreamError } from '../contract/failures.ts';
import { familyOption } from '../contract/options.ts';
import { furtherId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import { scopeWords } from '../contract/scope-words.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';

/** WeCom (企业微信), for members of one organization. The only token is the app's own. */
export const wecom = tokenless({
  provider: 'wecom',
  title: { en: 'WeCom', zh: '企业微信' },
  homeMarket: 'china',
  pinyin: 'qi ye wei xin',
  issuer: 'https://work.weixin.qq.com',
  endpoints: {
    authorization: 'https://login.work.weixin.qq.com/wwlogin/sso/login',
    // The code is sent here.
    token: 'https://qyapi.weixin.qq.com/cgi-bin/auth/getuserinfo',
    api: 'https://qyapi.weixin.qq.com',
  },
  options: {
    family: familyOption,
    agent_id: { about: 'The AgentId of the app.', required: true, pattern: /^\d{1,16}$/ },
    page: {
      about:
        'The sign-in page. With web, people scan a code on any page. With client, the app opens only inside WeCom.',
      default: 'web',
      values: ['web', 'client'],
    },
    name: {
      about: 'The source of names: the directory, as far as the app may read it, or none.',
      default: 'directory',
      values: ['directory', 'none'],
    },
  },
  forOptions: ({ page }) =>
    page === 'client'
      ? {
          endpoints: { authorization: 'https://open.weixin.qq.com/connect/oauth2/authorize' },
          rewriteAuthorizeUrl: insideWecom,
          inApp: { userAgent: /wxwork/i, only: true },
        }
      : {},
  sharedId: 'wecom:userid',
  sharedIdIsSubject: true,
  exportedIds: {
    // The options of one connection are of one organization, whose id is the client id.
    isSubject: (id, { clientId }) => id.startsWith(`${clientId}:`),
    // Products keep a visitor's openid in the same place, so the profile must say that the id is a member's.
    subjectOf: ({ id, profile, registration: { clientId } }) =>
      [profile.userid, profile.UserId].includes(id) ? `${clientId}:${id}` : undefined,
  },
  scopeWords: scopeWords({
    snsapi_base: ['know that it is you', '获取您的成员身份'],
    snsapi_privateinfo: [
      'see your picture, phone number and e-mail address',
      '获取您的头像、手机号码和邮箱地址',
    ],
  }),
  scopes: { default: ['snsapi_base'], separator: ',' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  appToken,
  pkce: 'unsupported',
  refresh: { how: 'none', rotation: 'static' },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ locale }) => ({ lang: locale }),
  rewriteAuthorizeUrl: onAnyPage,
  classify,
  identify,
});

function onAnyPage(url: URL, { options }: Registration): URL {
  const { client_id: appid, redirect_uri, state, lang } = Object.fromEntries(url.searchParams);
  const { agent_id: agentid } = options;
  return withParameters(url, { login_type: 'CorpApp', appid, agentid, redirect_uri, state, lang });
}

function insideWecom(url: URL, { options }: Registration): URL {
  const {
    client_id: appid,
    redirect_uri,
    response_type,
    scope,
    state,
  } = Object.fromEntries(url.searchParams);
  const { agent_id: agentid } = options;
  const rewritten = withParameters(url, { appid, redirect_uri, response_type, scope, state, agentid });
  rewritten.hash = 'wechat_redirect';
  return rewritten;
}

function withParameters(url: URL, parameters: Readonly<Record<string, string | undefined>>): URL {
  const rewritten = new URL(url.origin + url.pathname);
  for (const [name, value] of Object.entries(parameters))
    if (value !== undefined) rewritten.searchParams.set(name, value);
  return rewritten;
}

const appTokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number() });

async function appToken({ registration, http }: Pick<IdentifyCall, 'registration' | 'http'>) {
  const { clientId: corpid, clientSecret, endpoints } = registration;
  const url = new URL(`${endpoints.api}/cgi-bin/gettoken`);
  url.search = new URLSearchParams({ corpid, corpsecret: clientSecret?.reveal() ?? '' }).toString();
  const answer = appTokenAnswer.parse(await http.json('exchange', url).catch(misconfigured));
  return { token: new Secret(answer.access_token), expiresIn: answer.expires_in };
}

function classify({ step, body }: FailureSigns): Failure | undefined {
  const { errcode } = body;
  if (typeof errcode !== 'number' || errcode === 0) return undefined;
  switch (errcode) {
    case -1:
      return { kind: 'unavailable' };
    // The app's own token is invalid. 40001 also stands for a wrong secret.
    case 40001:
    case 40014:
    case 42001:
      return { kind: 'grant-dead', reason: 'expired' };
    case 45009:
    case 45011:
      return { kind: 'rate-limited', retryAfter: undefined };
    case 40029:
      return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'unknown' };
    case 40013:
    case 48002:
    case 50001:
    case 60011:
    case 60020:
      return { kind: 'misconfigured' };
    default:
      return { kind: 'unknown' };
  }
}

const visitor = z.object({ userid: furtherId, openid: furtherId, user_ticket: shown });

async function identify(call: IdentifyCall): Promise<UpstreamAccount> {
  const { registration } = call;
  const url = new URL(registration.endpoints.token);
  url.searchParams.set('code', call.code);
  const { userid, openid, user_ticket } = visitor.parse(await withAppToken(call, { step: 'exchange', url }));
  // People outside the organization have an openid only.
  if (userid === undefined) {
    const code = openid === undefined ? 'no_subject' : 'not_a_member';
    throw new UpstreamError('profile', { kind: 'unknown' }, { code });
  }
  // Another organization can give the same userid to another person.
  const member = `${registration.clientId}:${userid}`;
  const details = user_ticket === undefined ? undefined : await detailsOf(call, user_ticket);
  return {
    subject: member,
    alternates: { 'wecom:userid': member },
    name: registration.options.name === 'none' ? undefined : await nameOf(call, userid),
    picture: details?.avatar,
    email: details?.biz_mail ?? details?.email,
    emailVerified: false,
  };
}

interface AppCall {
  readonly step: Step;
  readonly url: URL;
  readonly init?: ProviderRequest;
}

/**
 * Makes a call with the app's token. If the token is refused, since another token request ended it early, retries with
 * a new one.
 */
async function withAppToken({ http, appToken }: IdentifyCall, { step, url, init }: AppCall) {
  const ask = async (token: Secret) => {
    url.searchParams.set('access_token', token.reveal());
    return await http.json(step, url, init);
  };
  const token = await appToken();
  try {
    return await ask(token);
  } catch (error) {
    if (!(error instanceof UpstreamError) || error.failure.kind !== 'grant-dead') throw error;
    return await ask(await appToken(token)).catch(misconfigured);
  }
}

/** Reports a refused secret or a refused new token as misconfigured: WeCom has no grants that could end. */
function misconfigured(error: unknown): never {
  if (!(error instanceof UpstreamError) || error.failure.kind !== 'grant-dead') throw error;
  const { step, status } = error;
  throw new UpstreamError(step, { kind: 'misconfigured' }, { ...(status && { status }), cause: error });
}

const details = z.object({ avatar: shown, email: shown, biz_mail: shown });

/** Fetches the details that a member consented to share (`snsapi_privateinfo`). */
async function detailsOf(call: IdentifyCall, user_ticket: string) {
  const url = new URL(`${call.registration.endpoints.api}/cgi-bin/auth/getuserdetail`);
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user_ticket }),
  };
  return details.parse(await withAppToken(call, { step: 'profile', url, init }));
}

/** Fetches the name, or returns none if the app may not read the directory. */
async function nameOf(call: IdentifyCall, userid: string): Promise<string | undefined> {
  const url = new URL(`${call.registration.endpoints.api}/cgi-bin/user/get`);
  url.searchParams.set('userid', userid);
  try {
    const answer = await withAppToken(call, { step: 'profile', url });
    return z.object({ name: shown }).parse(answer).name;
  } catch (error) {
    if (error instanceof UpstreamError && error.failure.kind === 'misconfigured') return undefined;
    throw error;
  }
}
