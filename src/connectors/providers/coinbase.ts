import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { bearer, fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

export const coinbase = oauth2({
  provider: 'coinbase',
  title: { en: 'Coinbase', zh: 'Coinbase' },
  issuer: 'https://login.coinbase.com',
  endpoints: {
    authorization: 'https://login.coinbase.com/oauth2/auth',
    token: 'https://login.coinbase.com/oauth2/token',
    userinfo: 'https://api.coinbase.com/v2/user',
    revocation: 'https://login.coinbase.com/oauth2/revoke',
    api: 'https://api.coinbase.com/v2',
  },
  scopeWords: scopeWords({
    'wallet:user:read': ['see your profile', '查看您的个人资料'],
    'wallet:user:email': ['see your e-mail address', '获取您的邮箱地址'],
    'wallet:accounts:read': ['see your balances', '查看您的余额'],
    'wallet:transactions:read': ['see your transactions', '查看您的交易'],
  }),
  scopes: {
    default: ['wallet:user:read', 'wallet:user:email', 'offline_access'],
    separator: ' ',
    grantedSeparator: ',',
  },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 3600,
    // 1.5 years.
    refreshLifetime: 547 * 86_400,
    keepAlive: 180 * 86_400,
  },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['cb-version', 'cb-2fa-token'],
  rewrite: { response: withoutScopeAll },
  classify,
  account,
  revokesBy: 'live-token',
  revoke,
});

/** Removes the scope `all`, by which Coinbase says that all requested scopes were granted. */
function withoutScopeAll(answer: HttpAnswer): HttpAnswer {
  const { scope, ...body } = bodyOf(answer) ?? {};
  return scope === 'all' ? asJson(answer, body) : answer;
}

const profile = z.object({
  data: z.object({ id: z.string(), name: shown, email: shown, avatar_url: shown }),
});

async function account(call: AccountCall) {
  const { data } = profile.parse(await fetchProfile(call));
  const { id, name, email, avatar_url } = data;
  return { subject: id, alternates: {}, name, picture: avatar_url, email, emailVerified: false };
}

/** Sends the token in header and body, as required. Status 200 does not prove revocation, so an API call checks it. */
async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { revocation, userinfo, api } = registration.endpoints;
  const headers = bearer(accessToken);
  await http.done('revoke', new URL(revocation ?? api), {
    method: 'POST',
    headers,
    body: new URLSearchParams({ token: accessToken.reveal() }),
  });
  const proof = await http.done('revoke', new URL(userinfo ?? api), { headers }).catch(asError);
  if (proof === undefined) throw new UpstreamError('revoke', { kind: 'unknown' }, { code: 'still_alive' });
  const { failure } = proof;
  if (failure.kind !== 'grant-dead' || failure.reason === 'expired') throw proof;
}

function asError(error: unknown): UpstreamError {
  if (error instanceof UpstreamError) return error;
  throw error;
}

/** Classifies the API's own errors: `{errors: [{id, message}]}`. */
function classify({ body }: FailureSigns): Failure | undefined {
  const [first] = Array.isArray(body.errors) ? body.errors : [];
  switch (asObject(first)?.id) {
    case 'expired_token':
      return { kind: 'grant-dead', reason: 'expired' };
    case 'revoked_token':
    case 'invalid_token':
      return { kind: 'grant-dead', reason: 'revoked_by_user' };
    default:
      return undefined;
  }
}
