import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';

type Words = readonly [status: number, error: string, code: number, description: string];

const grant = (code: number, text: string): Words => [400, 'invalid_grant', code, text];

const words: Partial<Record<Problem, Words>> = {
  grant_type: [400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.'],
  client_unknown: [400, 'unauthorized_client', 700016, 'Application was not found in the directory.'],
  client_secret: [401, 'invalid_client', 7000215, 'Invalid client secret provided.'],
  code_unknown: grant(9002313, 'Invalid request. The code is malformed or invalid.'),
  code_used: grant(54005, 'OAuth2 Authorization code was already redeemed.'),
  code_expired: grant(70008, 'The provided authorization code has expired.'),
  redirect_mismatch: [400, 'invalid_client', 500112, 'The reply address does not match.'],
  verifier: grant(501481, 'The Code_Verifier does not match the code_challenge.'),
  refresh_unknown: grant(9002313, 'Invalid request. The refresh token is malformed.'),
  refresh_expired: grant(700082, 'The refresh token has expired due to inactivity.'),
  refresh_revoked: grant(65001, 'The user or administrator has not consented to use the application.'),
  scope: [400, 'invalid_scope', 70011, 'The provided value for the input parameter scope is not valid.'],
  busy: [503, 'temporarily_unavailable', 90033, 'A transient error has occurred.'],
};

const otherwise: Words = [400, 'invalid_request', 900144, 'The request is missing a parameter: '];

export function refuse(problem: Problem, _call: Call, detail: string): Reply {
  if (problem.startsWith('token_')) {
    const error = { code: 'InvalidAuthenticationToken', message: 'Access token validation failure.' };
    return json({ error }, 401);
  }
  const [status, error, code, text] = words[problem] ?? otherwise;
  const trace = 'c0ffee00-1050-4105-8105-010501050105';
  return json(
    {
      error,
      error_description: `AADSTS${code}: ${text}${words[problem] ? '' : detail} Trace ID: ${trace}`,
      error_codes: [code],
      timestamp: '2026-11-21 00:00:00Z',
      trace_id: trace,
      correlation_id: trace,
      ...(code === 65001 && { suberror: 'consent_required' }),
    },
    status,
  );
}
