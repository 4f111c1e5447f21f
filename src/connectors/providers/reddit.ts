import { z } from 'zod';
import { asObject, tryParse } from '../../kit/exact-json.ts';
import { basicCredentials } from '../contract/basic-credentials.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

/** Reddit. It sends 429 to requests without a User-Agent of its own. */
export const reddit = oauth2({
  provider: 'reddit',
  title: { en: 'Reddit', zh: 'Reddit' },
  issuer: 'https://www.reddit.com',
  endpoints: {
    authorization: 'https://www.reddit.com/api/v1/authorize',
    token: 'https://www.reddit.com/api/v1/access_token',
    userinfo: 'https://oauth.reddit.com/api/v1/me',
    revocation: 'https://www.reddit.com/api/v1/revoke_token',
    api: 'https://oauth.reddit.com',
  },
  options: {
    user_agent: {
      about: 'The User-Agent of the broker: platform:app:version (by /u/name).',
      pattern: /^[\x21-\x7e][\x20-\x7e]{2,199}$/,
      default: 'server:symbolon:v1',
    },
  },
  manageAccess: { url: 'https://www.reddit.com/prefs/apps' },
  scopeWords: scopeWords({
    identity: ['see your name and karma', '获取您的用户名和积分'],
    read: ['read what you can read', '读取您可见的内容'],
    submit: ['post as you', '以您的名义发帖'],
    history: ['see your history', '查看您的历史记录'],
    mysubreddits: ['see your subreddits', '查看您加入的版块'],
    privatemessages: ['read and send messages as you', '读取和发送您的私信'],
  }),
  scopes: {
    default: ['identity'],
    separator: ' ',
    cover: { includes: (wide) => wide === '*' },
  },
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  transport: { in: 'header', name: 'Authorization', headers: userAgent },
  // A refresh token is issued only with permanent consent.
  authorizeParameters: () => ({ duration: 'permanent' }),
  rewrite: { request: withUserAgent, response: rewriteAnswer },
  classify,
  account,
  revoke,
});

function userAgent({ options }: Registration): Record<string, string> {
  return { 'User-Agent': options.user_agent ?? '' };
}

function withUserAgent(request: HttpRequest, registration: Registration): HttpRequest {
  for (const [name, value] of Object.entries(userAgent(registration))) request.headers.set(name, value);
  return request;
}

/** Rewrites errors, which may come with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const failed = typeof asObject(tryParse(answer.text))?.error === 'string';
  return failed ? { ...answer, status: Math.max(400, answer.status) } : answer;
}

function classify({ step, status }: FailureSigns): Failure | undefined {
  if (status === 401 && step !== 'profile') return { kind: 'misconfigured' };
  // The only text is "Bad Request".
  if (status === 400 && step === 'refresh') return { kind: 'grant-dead', reason: 'rejected' };
  return undefined;
}

const profile = z.object({
  id: z.string().regex(/^[0-9a-z]{1,16}$/),
  name: shown,
  icon_img: shown,
});

async function account({ tokens, registration, http }: AccountCall) {
  const { api, userinfo } = registration.endpoints;
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}`, ...userAgent(registration) };
  const me = await http.json('profile', new URL(userinfo ?? `${api}/api/v1/me`), { headers });
  const { id, name, icon_img } = profile.parse(me);
  return {
    subject: id,
    alternates: {},
    name,
    // The URL is escaped for HTML.
    picture: icon_img?.replaceAll('&amp;', '&'),
    email: undefined,
    emailVerified: false,
  };
}

async function revoke({ accessToken, refreshToken, registration, http }: RevokeCall): Promise<void> {
  const { clientId, clientSecret, endpoints } = registration;
  const body = new URLSearchParams({
    token: (refreshToken ?? accessToken).reveal(),
    token_type_hint: refreshToken ? 'refresh_token' : 'access_token',
  });
  await http.done('revoke', new URL(endpoints.revocation ?? `${endpoints.api}/api/v1/revoke_token`), {
    method: 'POST',
    headers: {
      authorization: basicCredentials(clientId, clientSecret?.reveal() ?? ''),
      ...userAgent(registration),
    },
    body,
  });
}
