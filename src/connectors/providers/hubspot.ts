import { z } from 'zod';
import { asJson, bodyOf } from '../contract/answer-json.ts';
import type { AccountCall, RevokeCall } from '../contract/calls.ts';
import { oauth2 } from '../contract/declare.ts';
import type { Failure, FailureSigns } from '../contract/failures.ts';
import { numericId, shown } from '../contract/profile-fields.ts';
import type { Registration } from '../contract/registration.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { scopeWords } from '../contract/scope-words.ts';

const token = 'https://api.hubapi.com/oauth/2026-03/token';

/**
 * HubSpot, by version 2026-03 of its OAuth API. Version 1, which puts tokens into URLs, ends on 16 February 2027. An
 * authorization is for one account (portal) of the person's choice.
 */
export const hubspot = oauth2({
  provider: 'hubspot',
  title: { en: 'HubSpot', zh: 'HubSpot' },
  issuer: 'https://app.hubspot.com',
  endpoints: {
    authorization: 'https://app.hubspot.com/oauth/authorize',
    token,
    userinfo: `${token}/introspect`,
    revocation: `${token}/revoke`,
    api: 'https://api.hubapi.com',
  },
  scopeWords: scopeWords({
    oauth: ['know that it is you', '获取您的用户标识'],
    'crm.objects.contacts.read': ['see contacts', '查看联系人'],
    'crm.objects.contacts.write': ['change contacts', '修改联系人'],
  }),
  scopes: { default: ['oauth'], separator: ' ' },
  email: 'unverified',
  exportedIds: {
    isSubject: (id) => /^\d{1,20}-\d{1,20}$/.test(id),
    subjectOf({ id, profile }) {
      const told = owner.safeParse(profile).data;
      return told?.user_id === id ? subjectIn(told) : undefined;
    },
  },
  clientAuthentication: 'client_secret_post',
  pkce: 'unsupported',
  refresh: { how: 'refresh_token', rotation: 'static', accessLifetime: 1800 },
  transport: { in: 'header', name: 'Authorization' },
  rewrite: { response: nameScopes },
  classify,
  account,
  grantedScopes: async (call) => (await introspect(call)).scopes,
  scopesOfToken: async (call) => (await introspect(call)).scopes,
  revoke,
});

/** Renames the member `scopes`, a list, to `scope`. */
function nameScopes(answer: HttpAnswer): HttpAnswer {
  const { scopes, ...body } = bodyOf(answer) ?? {};
  if (typeof scopes !== 'string' && !Array.isArray(scopes)) return answer;
  return asJson(answer, { ...body, scope: Array.isArray(scopes) ? scopes.join(' ') : scopes });
}

/** Classifies HubSpot's own error, which is more precise than RFC 6749's: `{status: "BAD_…", message}`. */
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

const owner = z.object({ user_id: numericId, hub_id: numericId });

/** Each account (portal) of a person has a grant of its own. */
function subjectIn({ hub_id, user_id }: z.infer<typeof owner>): string {
  return `${hub_id}-${user_id}`;
}

const tokenInfo = owner.extend({
  active: z.literal(true),
  user: shown,
  scopes: z.array(z.string()),
});

/** Introspects the token (RFC 7662). HubSpot's answer has further members. */
async function introspect({ tokens, registration, http }: AccountCall) {
  const { userinfo, api } = registration.endpoints;
  const body = introspectionForm(registration, tokens.accessToken.reveal(), 'access_token');
  return tokenInfo.parse(await http.json('profile', new URL(userinfo ?? api), { method: 'POST', body }));
}

function introspectionForm({ clientId, clientSecret }: Registration, value: string, token_type_hint: string) {
  const client = { client_id: clientId, client_secret: clientSecret?.reveal() ?? '' };
  return new URLSearchParams({ ...client, token: value, token_type_hint });
}

async function account(call: AccountCall) {
  const { user, ...ids } = await introspect(call);
  return {
    subject: subjectIn(ids),
    alternates: {},
    name: user,
    picture: undefined,
    email: user,
    emailVerified: false,
  };
}

async function revoke({ accessToken, refreshToken, registration, http }: RevokeCall): Promise<void> {
  const { revocation, api } = registration.endpoints;
  const body = refreshToken
    ? introspectionForm(registration, refreshToken.reveal(), 'refresh_token')
    : introspectionForm(registration, accessToken.reveal(), 'access_token');
  await http.done('revoke', new URL(revocation ?? api), { method: 'POST', body });
}
