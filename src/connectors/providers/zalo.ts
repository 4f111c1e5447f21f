import { z } from 'zod';
import { asRefusal, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest } from '../contract/rewrite.ts';

/** Zalo (version 4), for people. Official Accounts have other endpoints. */
export const zalo = oauth2({
  provider: 'zalo',
  title: { en: 'Zalo', zh: 'Zalo' },
  issuer: 'https://oauth.zaloapp.com',
  endpoints: {
    authorization: 'https://oauth.zaloapp.com/v4/permission',
    token: 'https://oauth.zaloapp.com/v4/access_token',
    userinfo: 'https://graph.zalo.me/v2.0/me',
    api: 'https://graph.zalo.me/v2.0',
  },
  scopes: { default: [], separator: ' ' },
  clientAuthentication: 'client_secret_post',
  pkce: 'required',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 90_000,
    refreshLifetime: 90 * 86_400,
    keepAlive: 60 * 86_400,
  },
  transport: { in: 'header', name: 'access_token' },
  rewriteAuthorizeUrl,
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  classify,
  account,
});

/** Rewrites the authorize URL: `app_id`, and a challenge without its method. */
function rewriteAuthorizeUrl(url: URL): URL {
  const { client_id, redirect_uri, code_challenge, state } = Object.fromEntries(url.searchParams);
  const asked = { app_id: client_id, redirect_uri, code_challenge, state };
  const given = Object.entries(asked).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const rewritten = new URL(url);
  rewritten.search = new URLSearchParams(given).toString();
  return rewritten;
}

/** Moves the secret to a header. */
function rewriteRequest(
  { method, url, headers, body }: HttpRequest,
  { clientId }: Registration,
): HttpRequest {
  const { client_id: _id, client_secret, redirect_uri: _uri, ...grant } = Object.fromEntries(body);
  const rewritten = new Headers(headers);
  rewritten.set('secret_key', client_secret ?? '');
  return { method, url, headers: rewritten, body: new URLSearchParams({ ...grant, app_id: clientId }) };
}

/** Rewrites errors, which are negative numbers with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const { error, error_name } = bodyOf(answer) ?? {};
  if (typeof error !== 'number' || error >= 0) return answer;
  return asRefusal(answer, { error: `zalo_${error}`, error_name: error_name ?? null, error_number: error });
}

/** Classifies by the names of errors, since the numbers are not published. */
function classify({ step, body }: FailureSigns): Failure | undefined {
  const number = body.error_number ?? body.error;
  if (typeof number !== 'number' || number >= 0) return undefined;
  const name = typeof body.error_name === 'string' ? body.error_name.toLowerCase() : '';
  if (/\b(app|secret|redirect)/.test(name)) return { kind: 'misconfigured' };
  if (step === 'exchange' && /\bcode\b/.test(name)) return { kind: 'code-spent' };
  if (step === 'refresh' && /\brefresh.?token\b/.test(name))
    return { kind: 'grant-dead', reason: 'rejected' };
  return { kind: 'unknown' };
}

const profile = z.object({
  id: numericId,
  name: shown,
  picture: z
    .object({ data: z.object({ url: shown }) })
    .optional()
    .catch(undefined),
});

async function account({ tokens, registration: { endpoints }, http }: AccountCall) {
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/me`);
  url.searchParams.set('fields', 'id,name,picture');
  const headers = { access_token: tokens.accessToken.reveal(), accept: 'application/json' };
  const { id, name, picture } = profile.parse(await http.json('profile', url, { headers }));
  return {
    subject: id,
    alternates: {},
    name,
    picture: picture?.data.url,
    email: undefined,
    emailVerified: false,
  };
}
