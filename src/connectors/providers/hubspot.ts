import { z } from 'zod';
import type { AccountCall, RevokeCall } from '../calls.ts';
import { oauth2 } from '../declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../failures.ts';
import { numericId, shown } from '../profile-fields.ts';

/** HubSpot. An authorization is for one account (portal) of the person's choice. */
export const hubspot = oauth2({
  provider: 'hubspot',
  title: { en: 'HubSpot', zh: 'HubSpot' },
  issuer: 'https://app.hubspot.com',
  endpoints: {
    authorization: 'https://app.hubspot.com/oauth/authorize',
    token: 'https://api.hubapi.com/oauth/v1/token',
    userinfo: 'https://api.hubapi.com/oauth/v1/access-tokens',
    revocation: 'https://api.hubapi.com/oauth/v1/refresh-tokens',
    api: 'https://api.hubapi.com',
  },
  scopes: { default: ['oauth'], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 1800 },
  transport: { in: 'header', name: 'Authorization' },
  classify,
  account,
  grantedScopes: async (call) => (await about(call)).scopes,
  revoke,
});

/** HubSpot's own errors: `{status: "BAD_…", message}`. */
function classify({ step, status, body }: FailureSigns): Failure | undefined {
  switch (body.status) {
    case 'BAD_AUTH_CODE':
      return { kind: 'code-spent' };
    case 'BAD_REFRESH_TOKEN':
      return { kind: 'grant-dead', reason: 'rejected' };
    case 'BAD_CLIENT_ID':
    case 'BAD_CLIENT_SECRET':
    case 'BAD_REDIRECT_URI':
      return { kind: 'misconfigured' };
  }
  return step === 'revoke' && status === 404 ? { kind: 'grant-dead', reason: 'rejected' } : undefined;
}

const tokenInfo = z.object({
  user_id: numericId,
  hub_id: numericId,
  user: shown,
  scopes: z.array(z.string()),
});

/** Who a token is of is asked with the token in the path. */
async function about({ tokens, registration, wire }: AccountCall) {
  const { userinfo, api } = registration.endpoints;
  const url = new URL(`${userinfo ?? api}/${encodeURIComponent(tokens.accessToken.reveal())}`);
  return tokenInfo.parse(await wire.json('profile', url));
}

async function account(call: AccountCall) {
  const { user_id, hub_id, user } = await about(call);
  return {
    // Another account of the same person is another grant.
    subject: `${hub_id}-${user_id}`,
    alternates: {},
    name: user,
    picture: undefined,
    email: user,
    emailVerified: false,
  };
}

async function revoke({ refreshToken, registration, wire }: RevokeCall): Promise<void> {
  if (!refreshToken) throw new UpstreamError('revoke', { kind: 'unknown' }, { code: 'no_refresh_token' });
  const { revocation, api } = registration.endpoints;
  const url = new URL(`${revocation ?? api}/${encodeURIComponent(refreshToken.reveal())}`);
  await wire.done('revoke', url, { method: 'DELETE' });
}
