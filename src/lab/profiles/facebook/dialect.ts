import { alphabets, random } from '../../core/mint.ts';
import type { Problem } from '../../core/refusal.ts';
import { type Call, json, type Reply } from '../../core/wire.ts';
import type { ProfileFault } from '../../profile.ts';

type GraphError = readonly [code: number, subcode: number | null, message: string, type?: string];

const expired = 'Error validating access token: Session has expired on ';
const removed = 'Error validating access token: The user has not authorized application.';

const errors: Record<Problem, GraphError> = {
  missing: [101, null, 'Missing parameter: '],
  request: [2500, null, ''],
  grant_type: [1, null, 'Unsupported grant_type'],
  client_unknown: [
    101,
    null,
    'Error validating application. Cannot get application info due to a system error.',
  ],
  client_secret: [1, null, 'Error validating client secret.'],
  code_unknown: [100, null, 'Invalid verification code format.'],
  code_used: [100, 36009, 'This authorization code has been used.'],
  code_expired: [100, 36007, 'This authorization code has expired.'],
  redirect_mismatch: [
    100,
    36008,
    'Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request',
  ],
  verifier: [100, null, 'Error validating code verifier.'],
  refresh_unknown: [190, null, 'Invalid OAuth access token.'],
  refresh_expired: [190, 463, expired],
  refresh_revoked: [190, 458, removed],
  token_missing: [
    2500,
    null,
    'An active access token must be used to query information about the current user.',
  ],
  token_unknown: [190, null, 'Invalid OAuth access token - Cannot parse access token'],
  token_expired: [190, 463, expired],
  token_revoked: [190, 458, removed],
  subject_mismatch: [200, null, '(#200) The token does not belong to this user'],
  scope: [200, null, '(#200) Missing permission: '],
  proof: [100, null, 'Invalid appsecret_proof provided in the API argument', 'GraphMethodException'],
  busy: [2, null, 'An unexpected error has occurred. Please retry your request later.'],
};

const missing: Record<string, GraphError> = {
  client_id: [101, null, 'Missing client_id parameter.'],
  client_secret: [1, null, 'Missing client_secret parameter.'],
  redirect_uri: [191, null, 'Missing redirect_uri parameter.'],
  code: [100, null, 'This authorization code is missing.'],
};

export function refuse(problem: Problem, _call: Call, detail: string): Reply {
  const [code, subcode, message, type] =
    (problem === 'missing' ? missing[detail] : undefined) ?? errors[problem];
  const shown = problem === 'token_expired' ? new Date(Number(detail)).toUTCString() : detail;
  const open = message === '' || message.endsWith(' ');
  return graphError([code, subcode, open ? message + shown : message, type ?? 'OAuthException']);
}

export function graphError([code, subcode, message, type]: GraphError): Reply {
  const error = {
    message,
    type: type ?? 'OAuthException',
    code,
    ...(subcode === null ? {} : { error_subcode: subcode }),
    fbtrace_id: `A${random(22, alphabets.base64url)}`,
  };
  const challenge = `OAuth "Facebook Platform" "invalid_token" "${message}"`;
  return json({ error }, 400, code === 190 ? { 'www-authenticate': challenge } : {});
}

function session(subcode: number, why: string): ProfileFault {
  return { reply: () => graphError([190, subcode, `Error validating access token: ${why}`]) };
}

export const facebookFaults: Record<string, ProfileFault> = {
  app_removed: session(458, 'The user has not authorized application.'),
  checkpoint: session(459, 'The user must log in at https://www.facebook.com.'),
  password_changed: session(460, 'The session has been invalidated because the user changed the password.'),
  session_expired: session(463, 'Session has expired.'),
  unconfirmed_user: session(
    464,
    'Sessions for the user are not allowed because the user is not a confirmed user.',
  ),
  session_invalid: session(467, 'The session is invalid because the user logged out.'),
  rate_limit: { reply: () => graphError([4, null, '(#4) Application request limit reached']) },
};
