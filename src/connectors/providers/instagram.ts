import { z } from 'zod';
import { asObject, type JsonObject, tryParse } from '../../kit/exact-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';
import { classifyGraph, graphAnswer, proof } from './facebook.ts';

/** Instagram API with Instagram Login, for professional accounts. It has no refresh token: a valid token is traded. */
export const instagram = oauth2({
  provider: 'instagram',
  title: { en: 'Instagram', zh: 'Instagram' },
  issuer: 'https://www.instagram.com',
  endpoints: {
    authorization: 'https://www.instagram.com/oauth/authorize',
    token: 'https://api.instagram.com/oauth/access_token',
    userinfo: 'https://graph.instagram.com/me',
    api: 'https://graph.instagram.com',
  },
  // Products keep `id`, which differs from app to app.
  profileIds: { subject: 'user_id' },
  manageAccess: { url: 'https://www.instagram.com/accounts/manage_access/' },
  scopeWords: scopeWords({
    instagram_business_basic: ['see your profile and media', '获取您的账号资料和内容'],
    instagram_business_content_publish: ['publish as you', '以您的名义发布内容'],
    instagram_business_manage_comments: ['manage comments', '管理评论'],
    instagram_business_manage_messages: ['manage messages', '管理私信'],
  }),
  scopes: { default: ['instagram_business_basic'], separator: ',' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: {
    how: 'exchange-live-token',
    rotation: 'overlapping',
    accessLifetime: 3600,
    // A token can be traded from its second day until it expires, and not afterwards.
    ahead: 10 * 86_400,
    exchange: {
      grantType: 'ig_refresh_token',
      parameters: (token) => ({ access_token: token.reveal() }),
      atOnce: {
        grantType: 'ig_exchange_token',
        parameters: (token) => ({ access_token: token.reveal() }),
      },
    },
  },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ forceLogin }) => ({ ...(forceLogin && { force_reauth: 'true' }) }),
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  parameters: ({ accessToken, registration }) => proof(accessToken, registration),
  classify,
  account,
});

/** Rewrites the request: a code is posted to one host, a token is traded at another by GET. */
function rewriteRequest(request: HttpRequest, { endpoints: { api } }: Registration): HttpRequest {
  const { grant_type = '', access_token = '', client_secret = '', code } = Object.fromEntries(request.body);
  if (code !== undefined) {
    // Redirects are reported to end in `#_` sometimes.
    request.body.set('code', code.replace(/#_$/, ''));
    return request;
  }
  const first = grant_type === 'ig_exchange_token';
  const url = new URL(`${api}/${first ? 'access_token' : 'refresh_access_token'}`);
  url.search = new URLSearchParams({
    grant_type,
    ...(first && { client_secret }),
    access_token,
  }).toString();
  return { method: 'GET', url, headers: new Headers({ accept: 'application/json' }), body: request.body };
}

/** Unwraps `{data: […]}`, which some versions send, and renames `permissions` to `scope`. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = asObject(tryParse(answer.text));
  if (!body || body.error !== undefined) return graphAnswer(answer);
  const issued = asObject(Array.isArray(body.data) ? body.data[0] : undefined) ?? body;
  if (typeof issued.error_type === 'string') {
    const text = JSON.stringify({ ...issued, error: `instagram_${issued.error_type}` });
    return { ...answer, status: Math.max(400, answer.status), text };
  }
  return { ...answer, text: JSON.stringify({ ...issued, ...scopeIn(issued) }) };
}

function scopeIn({ permissions }: JsonObject): { scope?: string } {
  const names = Array.isArray(permissions) ? permissions.map(String).join(',') : permissions;
  return typeof names === 'string' ? { scope: names } : {};
}

/** Classifies a failure. At the code exchange only the message gives the reason. */
function classify(signs: FailureSigns): Failure | undefined {
  const { error_type: type, error_message: said } = signs.body;
  if (typeof type !== 'string') return classifyGraph(signs);
  if (typeof said !== 'string') return { kind: 'unknown' };
  if (/client|secret|platform app|redirect/i.test(said)) return { kind: 'misconfigured' };
  return /code/i.test(said) ? { kind: 'code-spent' } : { kind: 'unknown' };
}

const profile = z.object({
  user_id: numericId,
  username: shown,
  name: shown,
  profile_picture_url: shown,
});

async function account({ tokens, registration, http }: AccountCall) {
  const url = new URL(registration.endpoints.userinfo ?? `${registration.endpoints.api}/me`);
  url.search = new URLSearchParams({
    fields: 'user_id,username,name,profile_picture_url',
    access_token: tokens.accessToken.reveal(),
    ...proof(tokens.accessToken, registration),
  }).toString();
  const me = profile.parse(await http.json('profile', url));
  return {
    subject: me.user_id,
    alternates: {},
    name: me.name ?? me.username,
    picture: me.profile_picture_url,
    email: undefined,
    emailVerified: false,
  };
}
