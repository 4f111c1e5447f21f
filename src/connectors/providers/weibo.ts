import { z } from 'zod';
import type { AccountCall, RevokeCall } from '../calls.ts';
import type { WireRequest } from '../conform.ts';
import { oauth2 } from '../declare.ts';
import type { Failure, FailureSigns } from '../failures.ts';
import { shown } from '../profile-fields.ts';
import type { Registration } from '../registration.ts';

/** Weibo (新浪微博), for websites. */
export const weibo = oauth2({
  provider: 'weibo',
  title: { en: 'Weibo', zh: '微博' },
  issuer: 'https://api.weibo.com',
  endpoints: {
    authorization: 'https://api.weibo.com/oauth2/authorize',
    token: 'https://api.weibo.com/oauth2/access_token',
    userinfo: 'https://api.weibo.com/2/users/show.json',
    api: 'https://api.weibo.com',
  },
  scopes: { default: [], separator: ',' },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  // Websites get no refresh token; what apps with the mobile SDK get is used.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'query', name: 'access_token' },
  authorizeParameters: ({ locale, forceLogin }) => ({
    ...(locale === 'en' && { language: 'en' }),
    ...(forceLogin && { forcelogin: 'true' }),
  }),
  conform: { request: conformRequest },
  parameters: ({ extra }) => (typeof extra.uid === 'string' ? { uid: extra.uid } : {}),
  classify,
  account,
  grantedScopes,
  revoke,
  revokesBy: 'live-token',
});

/** A refresh wants the redirect URI as well. */
function conformRequest(request: WireRequest, { redirectUri }: Registration): WireRequest {
  request.body.set('redirect_uri', redirectUri);
  return request;
}

function classify({ step, body }: FailureSigns): Failure | undefined {
  const code = Number(body.error_code);
  if (!Number.isInteger(code)) return undefined;
  if (code === 21322 || code === 21324) return { kind: 'misconfigured' };
  const spent = code === 21325 || (code >= 21314 && code <= 21319);
  if (spent && step === 'exchange') return { kind: 'code-spent' };
  if (code === 21327) return { kind: 'grant-dead', reason: 'expired' };
  return spent ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
}

const uid = z.string().regex(/^[1-9]\d{0,19}$/);
const profile = z.object({
  idstr: uid,
  screen_name: shown,
  name: shown,
  avatar_large: shown,
  profile_image_url: shown,
});

async function account({ tokens, registration: { endpoints }, wire }: AccountCall) {
  const owner = uid.parse(tokens.extra.uid);
  const url = new URL(endpoints.userinfo ?? `${endpoints.api}/2/users/show.json`);
  url.search = new URLSearchParams({ access_token: tokens.accessToken.reveal(), uid: owner }).toString();
  const person = profile.parse(await wire.json('profile', url));
  // The call shows anybody's profile: whose the token is, only the token answer says.
  if (person.idstr !== owner) throw new Error('the profile is of another uid than the token');
  return {
    subject: owner,
    alternates: {},
    name: person.screen_name ?? person.name,
    picture: person.avatar_large ?? person.profile_image_url,
    email: undefined,
    emailVerified: false,
  };
}

const info = z.object({ scope: z.string().nullish() });

async function grantedScopes({ tokens, registration: { endpoints }, wire }: AccountCall) {
  const url = new URL(`${endpoints.api}/oauth2/get_token_info`);
  const body = new URLSearchParams({ access_token: tokens.accessToken.reveal() });
  const { scope } = info.parse(await wire.json('profile', url, { method: 'POST', body }));
  return (scope ?? '').split(/[ ,]+/).filter((name) => name !== '');
}

async function revoke({ accessToken, registration: { endpoints }, wire }: RevokeCall): Promise<void> {
  const body = new URLSearchParams({ access_token: accessToken.reveal() });
  await wire.done('revoke', new URL(`${endpoints.api}/oauth2/revokeoauth2`), { method: 'POST', body });
}
