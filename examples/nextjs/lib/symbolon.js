import { createClient, SymbolonError } from '@symbolon/client';
import * as oidc from 'openid-client';
import { redirectTo } from './session.js';

const { ISSUER, CLIENT_ID, CLIENT_SECRET, BASE_URL } = process.env;
export const callback = `${BASE_URL ?? 'http://localhost:4000'}/callback`;

// Each once, when it is first wanted: a build has no settings and no broker.
let client;
let discovered;

export function symbolon() {
  client ??= createClient({ issuer: ISSUER });
  return client;
}

export function configuration() {
  const insecure =
    new URL(ISSUER).hostname === 'localhost' ? { execute: [oidc.allowInsecureRequests] } : undefined;
  discovered ??= oidc
    .discovery(new URL(ISSUER), CLIENT_ID, CLIENT_SECRET, undefined, insecure)
    .catch((error) => {
      discovered = undefined;
      throw error;
    });
  return discovered;
}

/** What a refusal of the broker's means for the person. */
export function wayOut(error) {
  if (!(error instanceof SymbolonError)) throw error;
  const { problem } = error;
  switch (problem.code) {
    case 'invalid_token':
      return redirectTo(`${BASE_URL}/login`);
    case 'identity_not_found':
      return redirectTo(problem.linkUrl);
    case 'reauthorization_required':
    case 'insufficient_upstream_scope':
      return redirectTo(problem.reauthorizeUrl);
    case 'too_many_requests':
    case 'provider_unavailable':
    case 'unavailable':
      return new Response('Try again in a moment.', {
        status: 503,
        headers: { 'retry-after': String(problem.retryAfter) },
      });
    default:
      throw error;
  }
}
