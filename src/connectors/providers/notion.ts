import { z } from 'zod';
import { asObject } from '../../kit/exact-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { fetchProfile } from '../contract/fetch-profile.ts';
import { shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpRequest, RewrittenRequest } from '../contract/rewrite.ts';

/** Notion. It has no scopes: the registration and the person, page by page, decide what an app may read. */
export const notion = oauth2({
  provider: 'notion',
  title: { en: 'Notion', zh: 'Notion' },
  issuer: 'https://api.notion.com',
  domains: ['notion.so'],
  endpoints: {
    authorization: 'https://api.notion.com/v1/oauth/authorize',
    token: 'https://api.notion.com/v1/oauth/token',
    userinfo: 'https://api.notion.com/v1/users/me',
    revocation: 'https://api.notion.com/v1/oauth/revoke',
    api: 'https://api.notion.com/v1',
  },
  options: {
    notion_version: {
      about: 'The API version of calls, a date. Apps receive it with each token.',
      default: '2022-06-28',
      pattern: /^\d{4}-\d{2}-\d{2}$/,
    },
  },
  scopes: { default: [], separator: ' ' },
  email: 'unverified',
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  // Only newer registrations get a refresh token. No end is stated in either case.
  refresh: { how: 'refresh_token', rotation: 'single-use' },
  classify: classifyByWords({ busy: ['conflict_error', 'rate_limited'] }),
  transport: { in: 'header', name: 'Authorization', headers: version },
  apiHeaders: ['notion-version'],
  authorizeParameters: () => ({ owner: 'user' }),
  rewrite: { request: rewriteRequest },
  // An authorization is for one workspace and has its own bot.
  parameters: ({ extra }) => textsOf(extra, ['workspace_id', 'bot_id']),
  account,
  revoke,
});

function version({ options }: Pick<Registration, 'options'>) {
  return { 'Notion-Version': options.notion_version ?? '' };
}

/** Sends the request as JSON instead of a form. */
function rewriteRequest(request: HttpRequest, registration: Registration): RewrittenRequest {
  const headers = new Headers(request.headers);
  headers.set('content-type', 'application/json');
  for (const [name, value] of Object.entries(version(registration))) headers.set(name, value);
  return { ...request, headers, body: JSON.stringify(Object.fromEntries(request.body)) };
}

function textsOf(extra: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> {
  const found = names.map((name): [string, unknown] => [name, extra[name]]);
  return Object.fromEntries(found.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}

const person = z.object({
  id: z.string(),
  name: shown,
  avatar_url: shown,
  person: z.object({ email: shown }).optional().catch(undefined),
});

async function account(call: AccountCall) {
  const bot = asObject((await fetchProfile(call, { headers: version(call.registration) })).bot);
  const owner = person.parse(asObject(bot?.owner)?.user);
  return {
    subject: owner.id,
    alternates: {},
    name: owner.name,
    picture: owner.avatar_url,
    email: owner.person?.email,
    emailVerified: false,
  };
}

async function revoke({ accessToken, registration, http }: RevokeCall): Promise<void> {
  const { clientId, clientSecret, endpoints } = registration;
  const basic = Buffer.from(`${clientId}:${clientSecret?.reveal() ?? ''}`).toString('base64');
  await http.done('revoke', new URL(endpoints.revocation ?? endpoints.api), {
    method: 'POST',
    headers: {
      authorization: `Basic ${basic}`,
      'content-type': 'application/json',
      ...version(registration),
    },
    body: JSON.stringify({ token: accessToken.reveal() }),
  });
}
