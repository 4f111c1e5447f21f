import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../kit/secret.ts';
import type { AccountCall, Registration, RevokeCall, WireAnswer } from '../contract.ts';
import { oauth2 } from '../declare.ts';
import type { Failure, FailureSigns } from '../failures.ts';
import { asObject, type JsonObject, tryParse } from '../wire.ts';

/** Facebook Login. No refresh token: a live token is traded for one of about 60 days. */
export const facebook = oauth2({
  provider: 'facebook',
  title: { en: 'Facebook', zh: 'Facebook' },
  issuer: 'https://www.facebook.com',
  endpoints: {
    authorization: 'https://www.facebook.com/v24.0/dialog/oauth',
    token: 'https://graph.facebook.com/v24.0/oauth/access_token',
    api: 'https://graph.facebook.com/v24.0',
  },
  scopes: { default: ['public_profile', 'email'], separator: ',' },
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: {
    how: 'exchange-live-token',
    rotation: 'overlapping',
    ahead: 10 * 86_400,
    exchange: {
      grantType: 'fb_exchange_token',
      parameters: (token) => ({ fb_exchange_token: token.reveal() }),
      // The first token lives an hour or two, and an expired one cannot be traded.
      atOnce: true,
    },
  },
  transport: { in: 'header', name: 'Authorization' },
  authorizeParameters: ({ forceLogin, forceConsent }) => ({
    ...(forceConsent ? { auth_type: 'rerequest' } : forceLogin && { auth_type: 'reauthenticate' }),
  }),
  conform: { response: conformAnswer },
  // An app with "Require App Secret" switched on must send this proof with every call, and cannot make it itself.
  parameters: ({ accessToken, registration }) => proof(accessToken, registration),
  classify,
  account,
  revoke,
});

function proof(accessToken: Secret, { clientSecret }: Registration): Record<string, string> {
  if (!clientSecret) return {};
  const mac = createHmac('sha256', clientSecret.reveal()).update(accessToken.reveal());
  return { appsecret_proof: mac.digest('hex') };
}

/** Graph's `{error:{code,error_subcode,…}}` as RFC 6749 would have it; the numbers stay for `classify`. */
function conformAnswer(answer: WireAnswer): WireAnswer {
  const error = asObject(asObject(tryParse(answer.text))?.error);
  if (!error) return answer;
  const { code, error_subcode } = error;
  const headers = new Headers({ 'content-type': 'application/json' });
  const text = JSON.stringify({
    error: `graph_${String(code)}`,
    graph: { code: code ?? null, error_subcode: error_subcode ?? null },
  });
  return { status: Math.max(400, answer.status), headers, text };
}

function classify({ step, body, retryAfter }: FailureSigns): Failure | undefined {
  const error: JsonObject | undefined = asObject(body.graph) ?? asObject(body.error);
  if (!error) return undefined;
  switch (error.code) {
    case 1:
    case 2:
      return { kind: 'unavailable', retryAfter };
    case 4:
    case 17:
    case 32:
    case 613:
      return { kind: 'rate-limited', retryAfter };
    case 100:
      return step === 'exchange' ? { kind: 'code-spent' } : { kind: 'unknown' };
    case 101:
      return { kind: 'misconfigured' };
    case 190:
      return { kind: 'grant-dead', reason: deathBySubcode[String(error.error_subcode)] ?? 'rejected' };
    default:
      return { kind: 'unknown' };
  }
}

const deathBySubcode: Readonly<Record<string, 'expired' | 'password_changed' | 'app_removed' | 'rejected'>> =
  {
    458: 'app_removed',
    460: 'password_changed',
    463: 'expired',
  };

const profile = z.object({
  id: z.string().regex(/^\d{1,32}$/),
  name: z.string().optional(),
  email: z.string().optional(),
  picture: z.object({ data: z.object({ url: z.string() }) }).optional(),
});

async function account({ tokens, registration, wire }: AccountCall) {
  const url = new URL(`${registration.endpoints.api}/me`);
  const parameters = { fields: 'id,name,email,picture', ...proof(tokens.accessToken, registration) };
  url.search = new URLSearchParams(parameters).toString();
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const { id, name, email, picture } = profile.parse(await wire.json('profile', url, { headers }));
  return {
    subject: id,
    alternates: {},
    name,
    picture: picture?.data.url,
    email,
    // Graph has no flag of its own for it.
    emailVerified: false,
  };
}

/** Takes every permission back: the whole authorization. */
async function revoke({ accessToken, account: { subject }, registration, wire }: RevokeCall): Promise<void> {
  const url = new URL(`${registration.endpoints.api}/${encodeURIComponent(subject)}/permissions`);
  url.search = new URLSearchParams(proof(accessToken, registration)).toString();
  await wire.done('revoke', url, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${accessToken.reveal()}` },
  });
}
