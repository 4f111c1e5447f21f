import { z } from 'zod';
import { asRefusal, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer, HttpRequest, RewriteContext } from '../contract/rewrite.ts';
import { naverSignals } from './signals/naver.ts';

/** Naver Login by its older endpoints (`/oauth2.0/`), which all libraries use. */
export const naver = oauth2({
  provider: 'naver',
  title: { en: 'Naver', zh: 'Naver' },
  issuer: 'https://nid.naver.com',
  endpoints: {
    authorization: 'https://nid.naver.com/oauth2.0/authorize',
    token: 'https://nid.naver.com/oauth2.0/token',
    userinfo: 'https://openapi.naver.com/v1/nid/me',
    // Also ends the paired token, and removes the app from the person's account page.
    revocation: 'https://nid.naver.com/oauth2.0/revoke',
    api: 'https://openapi.naver.com',
  },
  signals: naverSignals,
  // The permissions are chosen in the console.
  scopes: { default: [], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 3600 },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    ...(forceConsent ? { auth_type: 'reprompt' } : forceLogin && { auth_type: 'reauthenticate' }),
  }),
  rewrite: { request: rewriteRequest, response: rewriteAnswer },
  classify,
  account,
});

/** Adds the state, which the exchange requires, and removes the redirect URI, which is not documented for it. */
function rewriteRequest(request: HttpRequest, _registration: Registration, { callback }: RewriteContext) {
  if (callback.state !== undefined) request.body.set('state', callback.state);
  request.body.delete('redirect_uri');
  return request;
}

/** Errors come with status 200. */
function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  return typeof body?.error === 'string' ? asRefusal(answer, { ...body, error: body.error }) : answer;
}

function classify({ step, status, error, body }: FailureSigns): Failure | undefined {
  // Sent for a code that is unknown, used or expired.
  const unknown = error === 'invalid_request' && body.error_description === 'no valid data in session';
  if (unknown && step === 'exchange') return { kind: 'code-spent' };
  if (unknown && step === 'refresh') return { kind: 'grant-dead', reason: 'rejected' };
  const { resultcode } = body;
  if (resultcode === '024' || resultcode === '028') return { kind: 'grant-dead', reason: 'rejected' };
  // The application lacks a permission.
  if (step === 'profile' && status === 403) return { kind: 'misconfigured' };
  return typeof resultcode === 'string' && resultcode !== '00' ? { kind: 'unknown' } : undefined;
}

const profile = z.object({
  response: z.object({
    // A number for apps created before May 2021.
    id: z.union([numericId, z.string().min(1).max(64)]),
    nickname: shown,
    name: shown,
    email: shown,
    profile_image: shown,
  }),
});

async function account(call: AccountCall) {
  const { response } = profile.parse(await fetchProfile(call));
  return {
    subject: response.id,
    alternates: {},
    name: response.nickname ?? response.name,
    picture: response.profile_image,
    email: response.email,
    // A contact address, which the person can change without verification.
    emailVerified: false,
  };
}
