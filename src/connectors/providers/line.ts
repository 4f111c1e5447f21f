import { z } from 'zod';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import type { WireRequest } from '../contract/conform.ts';
import { oidc, standardClaims } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { familyOption, nativeAudienceOption } from '../contract/options.ts';
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
  options: {
    family: familyOption,
    native_audience: nativeAudienceOption,
    webhook_secret: webhookSecretOption,
    id_token: {
      about:
        'How ID tokens are signed: HS256 with the channel secret, or ES256, which LINE is then asked for.',
      default: 'HS256',
      values: ['HS256', 'ES256'],
    },
  },
  // Its metadata names ES256 alone, and web sign-in gets HS256 all the same unless it asks.
  forOptions: ({ id_token }) =>
    id_token === 'ES256'
      ? { idTokenAlgorithms: ['ES256'], conform: { request: askingForJwk } }
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

/** The same id in all channels of one LINE provider; and no word of LINE's on whose an address is. */
function account(...told: Parameters<typeof standardClaims>): UpstreamAccount {
  const person = standardClaims(...told);
  return { ...person, alternates: { 'line:userId': person.subject }, emailVerified: false };
}

const verified = z.object({ client_id: z.string().min(1) });

async function audienceOf({ tokens, registration, wire }: Omit<AccountCall, 'callback'>): Promise<string> {
  const url = new URL(`${registration.endpoints.api}/oauth2/v2.1/verify`);
  url.search = new URLSearchParams({ access_token: tokens.accessToken.reveal() }).toString();
  return verified.parse(await wire.json('exchange', url)).client_id;
}

function askingForJwk(request: WireRequest): WireRequest {
  if (request.body.get('grant_type') === 'authorization_code') request.body.set('id_token_key_type', 'JWK');
  return request;
}

function classify({ step, status }: FailureSigns): Failure | undefined {
  // What `verify` says of a token that has run out as of one that was taken back.
  return step === 'revoke' && status === 400 ? { kind: 'grant-dead', reason: 'rejected' } : undefined;
}

/** Revocation says 200 whatever it is given, so whether the token still ends anything is asked before. */
async function revoke({ accessToken, registration, wire }: RevokeCall): Promise<void> {
  const { clientId, clientSecret, endpoints } = registration;
  const verify = new URL(`${endpoints.api}/oauth2/v2.1/verify`);
  verify.search = new URLSearchParams({ access_token: accessToken.reveal() }).toString();
  await wire.done('revoke', verify, { method: 'GET' });
  const body = new URLSearchParams({
    access_token: accessToken.reveal(),
    client_id: clientId,
    client_secret: clientSecret?.reveal() ?? '',
  });
  const url = new URL(endpoints.revocation ?? `${endpoints.api}/oauth2/v2.1/revoke`);
  await wire.done('revoke', url, { method: 'POST', body });
}
