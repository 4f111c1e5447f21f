import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { asObject, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import { Secret } from '../../kit/secret.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { nativeAudienceOption } from '../contract/options.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';
import { facebookSignals } from './signals/facebook.ts';

/** Facebook Login. It has no refresh token: a valid token is traded for one of about 60 days. */
export const facebook = oauth2({
  provider: 'facebook',
  title: { en: 'Facebook', zh: 'Facebook' },
  issuer: 'https://www.facebook.com',
  endpoints: {
    authorization: 'https://www.facebook.com/v24.0/dialog/oauth',
    token: 'https://graph.facebook.com/v24.0/oauth/access_token',
    // The keys of Limited Login.
    jwks: 'https://limited.facebook.com/.well-known/oauth/openid/jwks/',
    api: 'https://graph.facebook.com/v24.0',
  },
  manageAccess: { url: 'https://www.facebook.com/settings/?tab=applications' },
  scopeWords: scopeWords({
    public_profile: ['see your name and picture', '获取您的昵称和头像'],
    email: ['see your e-mail address', '获取您的邮箱地址'],
    user_birthday: ['see your date of birth', '获取您的生日'],
    user_friends: ['see which of your friends use it', '获取同样使用该应用的好友'],
    user_photos: ['see your photos', '查看您的照片'],
    user_posts: ['see your posts', '查看您的帖子'],
    user_location: ['see your town', '获取您的所在城市'],
    pages_show_list: ['see your pages', '查看您管理的公共主页'],
    pages_manage_posts: ['write posts on your pages', '管理您公共主页的帖子'],
    instagram_basic: ['see your Instagram profile and media', '查看您的 Instagram 资料和内容'],
  }),
  scopes: { default: ['public_profile', 'email'], separator: ',' },
  options: {
    native_audience: nativeAudienceOption,
    config_id: {
      about:
        'The configuration that people consent to, for _Facebook Login for Business_. It replaces the scopes.',
      pattern: /^\d{1,32}$/,
    },
  },
  native: {
    kinds: ['access_token', 'id_token'],
    audienceOf,
    // Tokens of 2021 name this one.
    issuers: ['https://facebook.com'],
    algorithms: ['RS256'],
    accountFromClaims,
  },
  signals: facebookSignals,
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: {
    how: 'exchange-live-token',
    rotation: 'overlapping',
    ahead: 10 * 86_400,
    exchange: {
      grantType: 'fb_exchange_token',
      parameters: (token) => ({ fb_exchange_token: token.reveal() }),
      // The first token lasts an hour or two, and an expired one cannot be traded.
      atOnce: true,
    },
  },
  transport: { in: 'header', name: 'Authorization', beside: ['appsecret_proof'] },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    ...(forceConsent ? { auth_type: 'rerequest' } : forceLogin && { auth_type: 'reauthenticate' }),
  }),
  rewriteAuthorizeUrl: (url, { options }) => {
    if (options.config_id === undefined) return url;
    url.searchParams.delete('scope');
    url.searchParams.set('config_id', options.config_id);
    return url;
  },
  rewrite: { response: graphAnswer },
  // An app with "Require App Secret" must send this proof with every call. Computing it needs the secret.
  parameters: ({ accessToken, registration }) => proof(accessToken, registration),
  classify: classifyGraph,
  account,
  grantedScopes,
  scopesOfToken: grantedScopes,
  revoke,
});

const debugged = z.object({
  data: z.object({ app_id: z.union([z.string(), z.number()]).transform(String), is_valid: z.literal(true) }),
});

/**
 * Returns the app of an SDK's token. `/me` accepts tokens of any app, so the token is checked first, by the
 * connection's own app.
 */
async function audienceOf({ tokens, registration, http }: Omit<AccountCall, 'callback'>): Promise<string> {
  const { clientId, clientSecret, endpoints } = registration;
  const url = new URL(`${endpoints.api}/debug_token`);
  url.search = new URLSearchParams({
    input_token: tokens.accessToken.reveal(),
    access_token: `${clientId}|${clientSecret?.reveal() ?? ''}`,
  }).toString();
  const { success, data } = debugged.safeParse(await http.json('exchange', url));
  if (!success) throw new UpstreamError('exchange', { kind: 'code-spent' }, { code: 'token_not_valid' });
  return data.data.app_id;
}

export function proof(accessToken: Secret, { clientSecret }: Registration): Record<string, string> {
  if (!clientSecret) return {};
  const mac = createHmac('sha256', clientSecret.reveal()).update(accessToken.reveal());
  return { appsecret_proof: mac.digest('hex') };
}

/** Rewrites Graph's `{error:{code,error_subcode,…}}` into an error of RFC 6749. The numbers stay for `classify`. */
export function graphAnswer(answer: HttpAnswer): HttpAnswer {
  const error = asObject(asObject(tryParse(answer.text))?.error);
  if (!error) return answer;
  const { code, error_subcode, message } = error;
  const headers = new Headers({ 'content-type': 'application/json' });
  // Code 1 stands for temporary errors, and also for a wrong secret.
  const wrongSecret = code === 1 && typeof message === 'string' && /client[ _]secret/i.test(message);
  const text = JSON.stringify({
    error: wrongSecret ? 'invalid_client' : `graph_${String(code)}`,
    graph: { code: code ?? null, error_subcode: error_subcode ?? null },
  });
  return { status: Math.max(400, answer.status), headers, text };
}

export function classifyGraph({ step, error: name, body, retryAfter }: FailureSigns): Failure | undefined {
  const error: JsonObject | undefined = asObject(body.graph) ?? asObject(body.error);
  if (!error) return undefined;
  if (name === 'invalid_client') return { kind: 'misconfigured' };
  switch (error.code) {
    case 1:
    case 2:
      return { kind: 'unavailable', retryAfter };
    case 4:
    case 17:
    case 32:
    case 613:
      return { kind: 'rate-limited', retryAfter };
    case 100:
      if (step !== 'exchange') return { kind: 'unknown' };
      return error.error_subcode === redirectMismatch ? { kind: 'misconfigured' } : { kind: 'code-spent' };
    case 101:
    case 191:
      return { kind: 'misconfigured' };
    case 190:
      return { kind: 'grant-dead', reason: deathBySubcode[String(error.error_subcode)] ?? 'rejected' };
    default:
      return { kind: 'unknown' };
  }
}

const redirectMismatch = 36008;

const deathBySubcode: Readonly<Record<string, 'expired' | 'password_changed' | 'app_removed' | 'rejected'>> =
  {
    458: 'app_removed',
    460: 'password_changed',
    463: 'expired',
  };

const profile = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  name: shown,
  email: shown,
  picture: z
    .object({ data: z.object({ url: shown }) })
    .optional()
    .catch(undefined),
});

const permissions = z.object({ data: z.array(z.object({ permission: z.string(), status: z.string() })) });

const limited = z.object({ sub: z.string().regex(/^\d{1,32}$/), name: shown, email: shown, picture: shown });

/**
 * Returns the account of Limited Login, in which the iOS SDK gives an ID token and no access token. Its subject is the
 * app-scoped id that Graph has too.
 */
function accountFromClaims(claims: JsonObject): UpstreamAccount {
  const { sub, name, email, picture } = limited.parse(claims);
  return { subject: sub, alternates: {}, name, picture, email, emailVerified: false };
}

async function account({ tokens, registration, http }: AccountCall) {
  const fields = 'id,name,email,picture';
  const me = graphCall(registration, '/me', tokens.accessToken, { fields });
  const { id, name, email, picture } = profile.parse(await http.json('profile', me.url, me));
  return {
    subject: id,
    alternates: {},
    name,
    picture: picture?.data.url,
    email,
    // Graph has no flag for a verified address.
    emailVerified: false,
  };
}

/** Fetches the granted permissions. A person can decline all but the first, and the token answer does not list them. */
async function grantedScopes({ tokens, registration, http }: AccountCall): Promise<readonly string[]> {
  const list = graphCall(registration, '/me/permissions', tokens.accessToken);
  const { data } = permissions.parse(await http.json('profile', list.url, list));
  return data.filter(({ status }) => status === 'granted').map(({ permission }) => permission);
}

/** Revokes all permissions and with them the whole authorization. */
async function revoke({ accessToken, account: { subject }, registration, http }: RevokeCall): Promise<void> {
  const { clientId, clientSecret } = registration;
  const path = `/${encodeURIComponent(subject)}/permissions`;
  const by = (token: Secret) => {
    const call = graphCall(registration, path, token);
    return http.done('revoke', call.url, { ...call, method: 'DELETE' });
  };
  try {
    await by(accessToken);
  } catch (error) {
    const failure = error instanceof UpstreamError ? error.failure : undefined;
    const stillThere = failure?.kind === 'grant-dead' && failure.reason !== 'app_removed';
    if (!stillThere || !clientSecret) throw error;
    // An expired token cannot revoke. The app's own token can.
    await by(new Secret(`${clientId}|${clientSecret.reveal()}`));
  }
}

function graphCall(
  registration: Registration,
  path: string,
  token: Secret,
  parameters: Readonly<Record<string, string>> = {},
) {
  const url = new URL(registration.endpoints.api + path);
  url.search = new URLSearchParams({ ...parameters, ...proof(token, registration) }).toString();
  return { url, headers: { authorization: `Bearer ${token.reveal()}` } };
}
