import { z } from 'zod';
import { asObject, tryParse } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import { type Failure, type FailureSigns, UpstreamError } from '../contract/failures.ts';
import { atSignInHost } from '../contract/manage-access.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import { includesBy } from '../contract/scope-cover.ts';
import type { TokenSet, UpstreamAccount } from '../contract/upstream-sign-in.ts';
import { githubWords } from './words/github.ts';

const userAgent = 'Symbolon';
const githubCom = 'https://github.com/login/oauth';

/** GitHub OAuth App. Its tokens do not expire unless the answer states an end. */
export const github = oauth2({
  provider: 'github',
  title: { en: 'GitHub', zh: 'GitHub' },
  issuer: githubCom,
  // Since 2026 an Enterprise Server names itself in its callbacks (RFC 9207).
  issuerAt: ({ authorization }) => new URL('/login/oauth', authorization).href,
  callbackIssuers: [githubCom],
  endpoints: {
    authorization: 'https://github.com/login/oauth/authorize',
    token: 'https://github.com/login/oauth/access_token',
    api: 'https://api.github.com',
  },
  manageAccess: { url: atSignInHost('/settings/applications') },
  scopeWords: githubWords,
  scopes: {
    default: ['read:user', 'user:email'],
    separator: ' ',
    grantedSeparator: ',',
    // The answer omits scopes that a wider one includes: `repo,user` for `repo public_repo user user:email`.
    cover: {
      includes: includesBy({
        repo: ['repo:status', 'repo_deployment', 'public_repo', 'repo:invite', 'security_events'],
        user: ['read:user', 'user:email', 'user:follow'],
        'admin:org': ['write:org', 'manage_runners:org'],
        'write:org': ['read:org'],
        'admin:repo_hook': ['write:repo_hook'],
        'write:repo_hook': ['read:repo_hook'],
        'admin:public_key': ['write:public_key'],
        'write:public_key': ['read:public_key'],
        'admin:gpg_key': ['write:gpg_key'],
        'write:gpg_key': ['read:gpg_key'],
        'admin:ssh_signing_key': ['write:ssh_signing_key'],
        'write:ssh_signing_key': ['read:ssh_signing_key'],
        'write:packages': ['read:packages'],
        'write:network_configurations': ['read:network_configurations'],
        'write:discussion': ['read:discussion'],
        'admin:enterprise': ['manage_runners:enterprise', 'manage_billing:enterprise', 'read:enterprise'],
        audit_log: ['read:audit_log'],
        codespace: ['codespace:secrets'],
        copilot: ['manage_billing:copilot'],
        project: ['read:project'],
      }),
    },
  },
  email: 'vouched',
  clientAuthentication: 'client_secret_post',
  pkce: 'supported',
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  transport: { in: 'header', name: 'Authorization' },
  apiHeaders: ['x-github-api-version', 'x-github-next-global-id'],
  authorizeParameters: ({ loginHint, forceLogin }) => ({
    ...(loginHint !== undefined && { login: loginHint }),
    ...(forceLogin && { prompt: 'select_account' }),
  }),
  rewrite: {
    // The default answer is form-encoded.
    request: (request) => {
      request.headers.set('accept', 'application/json');
      return request;
    },
    // Errors come with status 200.
    response: (answer) =>
      typeof asObject(tryParse(answer.text))?.error === 'string'
        ? { ...answer, status: Math.max(400, answer.status) }
        : answer,
  },
  classify,
  account,
  scopesOfToken,
  revoke,
});

function classify({ step, status, error, retryAfter }: FailureSigns): Failure | undefined {
  switch (error) {
    case 'bad_verification_code':
      return { kind: 'code-spent' };
    case 'incorrect_client_credentials':
      return { kind: 'misconfigured' };
    case 'bad_refresh_token':
      return { kind: 'grant-dead', reason: 'rejected' };
  }
  const atTokenEndpoint = step === 'exchange' || step === 'refresh';
  if (status === 401 && !atTokenEndpoint) return { kind: 'grant-dead', reason: 'revoked_by_user' };
  // The API sends its rate limits with status 403 as well as 429.
  if (status === 403 && retryAfter !== undefined) return { kind: 'rate-limited', retryAfter };
  // For an unknown client id GitHub sends a 404 page.
  return status === 404 && atTokenEndpoint ? { kind: 'misconfigured' } : undefined;
}

const profile = z.object({
  // A login can be renamed and then taken by another person. The number never changes.
  id: numericId,
  login: shown,
  name: shown,
  avatar_url: shown,
});

const emails = z.array(z.object({ email: z.string(), primary: z.boolean(), verified: z.boolean() }));

async function account(call: AccountCall): Promise<UpstreamAccount> {
  const mayReadEmails = call.tokens.scopes?.some((scope) => scope === 'user:email' || scope === 'user');
  return { ...(await fetchUser(call)), ...(mayReadEmails && (await fetchEmail(call))) };
}

export async function fetchUser({ tokens, registration, http }: AccountCall): Promise<UpstreamAccount> {
  const headers = headersFor(`Bearer ${tokens.accessToken.reveal()}`);
  const me = await http.json('profile', new URL(`${registration.endpoints.api}/user`), { headers });
  const { id, login, name, avatar_url } = profile.parse(me);
  return {
    subject: id,
    alternates: {},
    name: name ?? login,
    picture: avatar_url,
    // The profile has a public address of the user's choice.
    email: undefined,
    emailVerified: false,
  };
}

/** Fetches the address. Only the list says which one is primary and verified. */
export async function fetchEmail({ tokens, registration, http }: AccountCall) {
  const headers = headersFor(`Bearer ${tokens.accessToken.reveal()}`);
  const url = new URL(`${registration.endpoints.api}/user/emails`);
  const listed = await http.anyJson('profile', url, { headers });
  const primary = emails.safeParse(listed).data?.find((entry) => entry.primary && entry.verified);
  return { email: primary?.email, emailVerified: primary !== undefined };
}

/** Checks the token with the app's own credentials. The answer lists the scopes that the token has by now. */
async function scopesOfToken({ tokens, registration, http }: AccountCall): Promise<readonly string[]> {
  const url = applicationUrl(registration, 'token');
  const checked = await http.json('profile', url, { method: 'POST', ...asApplication(registration, tokens) });
  return z.object({ scopes: z.array(z.string()).nullish() }).parse(checked).scopes ?? [];
}

/** Deletes the whole authorization, as a user can under "Authorized OAuth Apps". */
async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { endpoints } = registration;
  try {
    const call = asApplication(registration, { accessToken });
    await http.done('revoke', applicationUrl(registration, 'grant'), { method: 'DELETE', ...call });
  } catch (error) {
    // 404 stands for an unknown token and for a wrong client. A call of the API shows whether the token is still valid.
    const headers = headersFor(`Bearer ${accessToken.reveal()}`);
    if (error instanceof UpstreamError && error.status === 404)
      await http.done('revoke', new URL(`${endpoints.api}/user`), { headers });
    throw error;
  }
}

function applicationUrl({ clientId, endpoints }: Registration, what: 'grant' | 'token'): URL {
  return new URL(`${endpoints.api}/applications/${encodeURIComponent(clientId)}/${what}`);
}

/** Returns the headers and body of a call by which the app manages one of its tokens. */
function asApplication(
  { clientId, clientSecret }: Registration,
  { accessToken }: Pick<TokenSet, 'accessToken'>,
) {
  const basic = Buffer.from(`${clientId}:${clientSecret?.reveal() ?? ''}`).toString('base64');
  return {
    headers: { ...headersFor(`Basic ${basic}`), 'content-type': 'application/json' },
    body: JSON.stringify({ access_token: accessToken.reveal() }),
  };
}

function headersFor(authorization: string): Record<string, string> {
  return { authorization, accept: 'application/vnd.github+json', 'user-agent': userAgent };
}
