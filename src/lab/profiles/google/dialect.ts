import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import { oidcFaults } from '../../engines/oidc.ts';
import { rfcDialect } from '../../engines/rfc-dialect.ts';
import type { ProfileFault } from '../../profile.ts';

const dead = 'Token has been expired or revoked.';

const words = rfcDialect({
  grant_type: [400, 'unsupported_grant_type', 'Invalid grant_type: '],
  client_unknown: [401, 'invalid_client', 'The OAuth client was not found.'],
  client_secret: [401, 'invalid_client', 'Unauthorized'],
  code_unknown: [400, 'invalid_grant', 'Malformed auth code.'],
  code_used: [400, 'invalid_grant', 'Bad Request'],
  code_expired: [400, 'invalid_grant', 'Bad Request'],
  redirect_mismatch: [400, 'redirect_uri_mismatch', 'Bad Request'],
  verifier: [400, 'invalid_grant', 'Invalid code verifier.'],
  refresh_unknown: [400, 'invalid_grant', 'Bad Request'],
  refresh_expired: [400, 'invalid_grant', dead],
  refresh_revoked: [400, 'invalid_grant', dead],
  scope: [400, 'invalid_scope', 'Some requested scopes were invalid. '],
  busy: [500, 'internal_failure', 'Backend Error'],
});

export function refuse(problem: Problem, call: Call, detail: string): Reply {
  if (isApi(call.path)) return refuseApi(problem);
  if (problem.startsWith('token_')) return refuseToken(call);
  return words(problem, call, detail);
}

function refuseToken(call: Call): Reply {
  const path = call.path.split('?')[0] ?? '';
  if (!path.endsWith('/userinfo')) {
    return json({ error: 'invalid_token', error_description: 'Token expired or revoked' }, 400);
  }
  const challenge = 'Bearer realm="https://accounts.google.com/", error="invalid_token"';
  const body = { error: 'invalid_request', error_description: 'Invalid Credentials' };
  return json(body, 401, { 'www-authenticate': challenge });
}

/** Returns the error of an API beyond sign-in, whose format differs. */
function refuseApi(problem: Problem): Reply {
  if (problem === 'busy') return apiError(503, 'UNAVAILABLE', 'The service is currently unavailable.');
  if (problem === 'scope') {
    return apiError(403, 'PERMISSION_DENIED', 'Request had insufficient authentication scopes.');
  }
  return apiError(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
}

function isApi(path: string): boolean {
  return path.includes('/calendar/');
}

function apiError(code: number, status: string, message: string): Reply {
  return json({ error: { code, message, status } }, code);
}

export const googleFaults: Record<string, ProfileFault> = {
  ...oidcFaults,
  invalid_rapt: {
    reply: () =>
      json(
        {
          error: 'invalid_grant',
          error_subtype: 'invalid_rapt',
          error_description: 'reauth related error (invalid_rapt)',
        },
        400,
      ),
  },
  time_limited: {},
  // Old ID tokens have the issuer without its scheme.
  iss_without_scheme: {},
  // OpenID Connect Core 5.3.2: such an answer must not be used.
  userinfo_other_sub: {},
};
