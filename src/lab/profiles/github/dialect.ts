import { random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { type Call, json, param, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

const docs =
  'https://docs.github.com/apps/managing-oauth-apps/troubleshooting-oauth-app-access-token-request-errors/';

const tokenErrors: Partial<Record<Problem, readonly [error: string, description: string]>> = {
  client_secret: ['incorrect_client_credentials', 'The client_id and/or client_secret passed are incorrect.'],
  redirect_mismatch: [
    'redirect_uri_mismatch',
    'The redirect_uri MUST match the registered callback URL for this application.',
  ],
  grant_type: ['unsupported_grant_type', 'The grant type is not supported by GitHub.'],
  refresh_unknown: ['bad_refresh_token', 'The refresh token passed is incorrect or expired.'],
  refresh_revoked: ['bad_refresh_token', 'The refresh token passed is incorrect or expired.'],
  busy: ['server_error', 'Something went wrong.'],
};
const badCode = ['bad_verification_code', 'The code passed is incorrect or expired.'] as const;

export function refuse(problem: Problem, call: Call): Reply {
  if (!call.path.includes('/login/oauth/')) return refuseApi(problem);
  // The token endpoint sends a 404 page for an unknown client.
  if (problem === 'client_unknown') return json({ error: 'Not Found' }, 404);
  if (problem === 'missing' && !param(call, 'client_id')) return json({ error: 'Not Found' }, 404);
  const lacksSecret = problem === 'missing' && !param(call, 'client_secret');
  const [error, description] = tokenErrors[lacksSecret ? 'client_secret' : problem] ?? badCode;
  return answer(call, {
    error,
    error_description: description,
    error_uri: `${docs}#${error.replaceAll('_', '-')}`,
  });
}

/** Returns the answer: form-encoded unless JSON is requested, and always with HTTP 200. */
export function answer(call: Call, body: Record<string, string | number>): Reply {
  const wantsJson = (call.header('accept') ?? '').includes('application/json');
  return { status: 200, encoding: wantsJson ? 'json' : 'form', body };
}

function refuseApi(problem: Problem): Reply {
  switch (problem) {
    case 'token_missing':
      return apiError(401, 'Requires authentication');
    case 'token_unknown':
    case 'token_expired':
    case 'token_revoked':
      return apiError(401, 'Bad credentials');
    case 'busy':
      return apiError(502, 'Server Error');
    case 'missing':
    case 'request':
      return apiError(422, 'Validation Failed');
    default:
      // A missing scope, like a wrong client, gives a 404 page.
      return apiError(404, 'Not Found');
  }
}

export function apiError(status: number, message: string, headers: Record<string, string> = {}): Reply {
  const body = { message, documentation_url: 'https://docs.github.com/rest', status: String(status) };
  return json(body, status, { 'x-github-request-id': random(20, '0123456789ABCDEF'), ...headers });
}

export const githubFaults: Record<string, ProfileFault> = {
  rate_limit: {
    reply: () =>
      apiError(403, 'API rate limit exceeded for user ID 1.', {
        'x-ratelimit-remaining': '0',
        'retry-after': '60',
      }),
  },
  unverified_user_email: {
    reply: (call) =>
      answer(call, {
        error: 'unverified_user_email',
        error_description: 'The user must have a verified primary email.',
        error_uri: `${docs}#unverified-user-email`,
      }),
  },
};
