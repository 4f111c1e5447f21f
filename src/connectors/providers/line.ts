import { z } from 'zod';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oidc, standardClaims } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption, nativeAudienceOption } from '../contract/options.ts';
import type { HttpRequest } from '../contract/rewrite.ts';
import { webhookSecretOption } from '../contract/signed-message.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';
import { lineSignals } from './signals/line.ts';

export const line = oidc({
  provider: 'line',
  title: { en: 'LINE', zh: 'LINE' },
  issuer: 'https://access.line.me',
  endpoints: {
    authorization: 'https://access.line.me/oauth2/v2.1/authorize',
    token: 'https://api.line.me/oauth2/v2.1/token',
    userinfo: 'https://api.line.me/oauth2/v2.1/userinfo',
    revocation: 'https://api.line.me/oauth2/v2.1/revoke',
    jwks: 'https://api.line.me/oauth2/v2.1/certs',
    api: 'https://api.line.me',
  },
  native: { kinds: ['id_token', 'access_token'], audienceOf },
  signals: lineSignals,
  sharedId: 'line:userId',
  sharedIdIsSubject: true,
  options: {
    family: familyOption,
    native_audience: nativeAudienceOption,
    webhook_secret: webhookSecretOption,
    id_token: {
      about:
        'The signature of ID tokens: HS256 with the channel secret, or ES256, which the broker then requests from LINE.',
      default: 'HS256',
      values: ['HS256', 'ES256'],
    },
  },
  // The metadata names ES256 alone, but web sign-ins get HS256 unless ES256 is requested.
  forOptions: ({ id_token }) =>
    id_token === 'ES256'
      ? { idTokenAlgorithms: ['ES256'], rewrite: { request: requestEs256 } }
      : { idTokenAlgorithms: ['HS256'] },
  scopes: { default: ['openid', 'profile', 'email'], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  takesMaxAge: true,
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 30 * 86_400,
    refreshLifetime: 90 * 86_400,
    keepAlive: 60 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    ...(forceConsent ? { prompt: 'consent' } : forceLogin && { prompt: 'login' }),
  }),
  classify,
  account,
  revoke,
  revokesBy: 'live-token',
});

/**
 * Returns the account. The id is the same in all channels of one LINE provider. LINE has no flag for a verified
 * address.
 */
function account(...told: Parameters<typeof standardClaims>): UpstreamAccount {
  const person = standardClaims(...told);
  return { ...person, alternates: { 'line:userId': person.subject }, emailVerified: false };
}

const verified = z.object({ client_id: z.string().min(1) });

async function audienceOf({ tokens, registration, http }: Omit<AccountCall, 'callback'>): Promise<string> {
  const url = new URL(`${registration.endpoints.api}/oauth2/v2.1/verify`);
  url.search = new URLSearchParams({ access_token: tokens.accessToken.reveal() }).toString();
  return verified.parse(await http.json('exchange', url)).client_id;
}

function requestEs256(request: HttpRequest): HttpRequest {
  if (request.body.get('grant_type') === 'authorization_code') request.body.set('id_token_key_type', 'JWK');
  return request;
}

function classify({ step, status }: FailureSigns): Failure | undefined {
  // `verify` sends this for an expired and for a revoked token.
  return step === 'revoke' && status === 400 ? { kind: 'grant-dead', reason: 'rejected' } : undefined;
}

/** Revokes the token. Revocation returns 200 for any input, so the token is verified first. */
async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { clientId, clientSecret, endpoints } = registration;
  const verify = new URL(`${endpoints.api}/oauth2/v2.1/verify`);
  verify.search = new URLSearchParams({ access_token: accessToken.reveal() }).toString();
  await http.done('revoke', verify, { method: 'GET' });
  const body = new URLSearchParams({
    access_token: accessToken.reveal(),
    client_id: clientId,
    client_secret: clientSecret?.reveal() ?? '',
  });
  const url = new URL(endpoints.revocation ?? `${endpoints.api}/oauth2/v2.1/revoke`);
  await http.done('revoke', url, { method: 'POST', body });
}
