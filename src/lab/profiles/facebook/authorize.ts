import type { AuthorizeRules, PageProblem } from '../../authorize/rules.ts';

const pages: Record<PageProblem, string> = {
  client: 'Invalid App ID: The provided app ID does not look like a valid app ID.',
  redirect:
    'URL blocked: This redirect failed because the redirect URI is not white-listed in the app’s client OAuth settings.',
  missing: 'The parameter is required: ',
  response_type: 'Invalid response_type: ',
  scope: 'Invalid Scopes: ',
  challenge: 'Invalid code_challenge',
};

const permissions =
  /^(public_profile|email|openid|user_\w+|pages_\w+|ads_\w+|business_management|instagram_\w+|gaming_\w+)$/;

export const facebookAuthorize: AuthorizeRules = {
  path: ['/dialog/oauth', '/v:major.0/dialog/oauth'],
  // Both separators are accepted.
  scopeSeparator: /[ ,]+/,
  defaultScopes: ['public_profile'],
  knownScope: (scope) => permissions.test(scope),
  expandScopes: (scopes) => [...new Set(['public_profile', ...scopes])],
  redirectMatch: 'origin',
  challenge: 'optional',
  codeSeconds: 600,
  untickable: (scope) => scope !== 'public_profile',
  // A declined scope is not shown again without `auth_type=rerequest`.
  withheld: ({ query }, grant) => (query.get('auth_type') === 'rerequest' ? [] : grant.declined),
  complain: 'page',
  errorPage: (problem, detail) => ({ status: 200, heading: 'Facebook Login', text: pages[problem] + detail }),
  denial: () => ({
    error: 'access_denied',
    error_code: '200',
    error_description: 'Permissions error',
    error_reason: 'user_denied',
  }),
  // Facebook appends this to every callback.
  fragment: '_=_',
  offline: () => false,
  // Permissions belong to person and app, so a token has the earlier ones too.
  grantScopes: (_request, approved, earlier) => [...new Set([...(earlier?.scopes ?? []), ...approved])],
};
