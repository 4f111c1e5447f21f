import { z } from 'zod';
import { asObject, tryParse } from '../../kit/exact-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import { classifyByWords } from '../contract/classify-by-words.ts';
import { oauth2 } from '../contract/declare.ts';
import { furtherId, shown, yes } from '../contract/profile-fields.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import { includesBy } from '../contract/scope-cover.ts';
import { scopeWords } from '../contract/scope-words.ts';

const uuid = /^\{[0-9a-f-]{36}\}$/;

/** Bitbucket Cloud. The scopes are fixed at the consumer's registration, so none are requested. */
export const bitbucket = oauth2({
  provider: 'bitbucket',
  title: { en: 'Bitbucket', zh: 'Bitbucket' },
  issuer: 'https://bitbucket.org',
  endpoints: {
    authorization: 'https://bitbucket.org/site/oauth2/authorize',
    token: 'https://bitbucket.org/site/oauth2/access_token',
    api: 'https://api.bitbucket.org/2.0',
  },
  manageAccess: { url: 'https://bitbucket.org/account/settings/app-authorizations/' },
  scopeWords: scopeWords({
    account: ['see your profile', '查看您的个人资料'],
    email: ['see your e-mail address', '获取您的邮箱地址'],
    repository: ['read your repositories', '读取您的仓库'],
    'repository:write': ['read and change your repositories', '读取和修改您的仓库'],
    pullrequest: ['read your pull requests', '查看您的拉取请求'],
    'pullrequest:write': ['change your pull requests', '修改您的拉取请求'],
    issue: ['see your issues', '查看您的议题'],
  }),
  scopes: {
    default: [],
    separator: ' ',
    // `repository:admin` includes neither `repository` nor `repository:write`.
    cover: {
      includes: includesBy({
        'repository:write': ['repository'],
        pullrequest: ['repository'],
        'pullrequest:write': ['pullrequest', 'repository:write'],
        'account:write': ['account'],
        account: ['email'],
        'snippet:write': ['snippet'],
        'issue:write': ['issue'],
        'pipeline:write': ['pipeline'],
      }),
    },
  },
  email: 'vouched',
  alternates: ['account_id'],
  // Some products keep the `account_id`.
  exportedIds: {
    isSubject: (id) => uuid.test(id),
    subjectOf: ({ id, profile }) =>
      profile.account_id === id && typeof profile.uuid === 'string' && uuid.test(profile.uuid)
        ? profile.uuid
        : undefined,
  },
  clientAuthentication: 'client_secret_basic',
  pkce: 'unsupported',
  refresh: {
    how: 'refresh_token',
    rotation: 'single-use',
    accessLifetime: 7200,
    // A refresh token expires after three months without use.
    refreshLifetime: 89 * 86_400,
    keepAlive: 60 * 86_400,
  },
  classify: classifyByWords({
    dead: { 'access token expired': 'expired', 'invalid refresh_token': 'rejected' },
  }),
  transport: { in: 'header', name: 'Authorization' },
  rewrite: { response: renameScopes },
  account,
});

/** Renames the member `scopes`, as it was called before May 2026. */
function renameScopes(answer: HttpAnswer): HttpAnswer {
  const body = asObject(tryParse(answer.text));
  if (!body || body.scope !== undefined || typeof body.scopes !== 'string') return answer;
  const { scopes, ...rest } = body;
  return { ...answer, text: JSON.stringify({ ...rest, scope: scopes }) };
}

const profile = z.object({
  uuid: z.string().regex(uuid),
  account_id: furtherId,
  display_name: shown,
  links: z
    .object({ avatar: z.object({ href: shown }) })
    .optional()
    .catch(undefined),
});

const emails = z.object({
  values: z.array(z.object({ email: z.string(), is_primary: yes, is_confirmed: yes })),
});

async function account({ tokens, registration, http }: AccountCall) {
  const headers = { authorization: `Bearer ${tokens.accessToken.reveal()}` };
  const { api } = registration.endpoints;
  const { uuid, account_id, display_name, links } = profile.parse(
    await http.json('profile', new URL(`${api}/user`), { headers }),
  );
  const mayReadEmails = tokens.scopes?.includes('email') ?? false;
  const listed = mayReadEmails ? await http.json('profile', new URL(`${api}/user/emails`), { headers }) : {};
  const primary = emails
    .safeParse(listed)
    .data?.values.find(({ is_primary, is_confirmed }) => is_primary && is_confirmed);
  return {
    subject: uuid,
    alternates: { ...(account_id && { account_id }) },
    name: display_name,
    picture: links?.avatar.href,
    email: primary?.email,
    emailVerified: primary !== undefined,
  };
}
