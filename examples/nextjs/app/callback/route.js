import * as oidc from 'openid-client';
import { readSession, redirectTo, redirectWith } from '../../lib/session.js';
import { callback, configuration } from '../../lib/symbolon.js';

export async function GET(request) {
  const { verifier, state } = await readSession(request);
  if (!verifier) return redirectTo(new URL('/login', callback).href);
  // Behind a proxy the request may have come to another host than the one people see.
  const answer = new URL(callback);
  answer.search = new URL(request.url).search;
  const tokens = await oidc.authorizationCodeGrant(await configuration(), answer, {
    pkceCodeVerifier: verifier,
    expectedState: state,
  });
  return await redirectWith({ accessToken: tokens.access_token }, new URL('/', callback).href);
}
