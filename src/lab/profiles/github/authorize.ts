import type { AuthorizeRules, PageProblem } from '../../authorize/rules.ts';
import type { Room } from '../../profile.ts';

const texts: Record<PageProblem, string> = {
  client: 'This is not the web page you are looking for.',
  redirect: 'Be careful! The redirect_uri is not associated with this application.',
  missing: 'A parameter is missing.',
  response_type: 'The response_type is not supported.',
  scope: 'The scope is not valid.',
  challenge: 'The code_challenge is not valid.',
};

/** The scopes that a wider one includes, and which GitHub then omits. */
const implied: Record<string, readonly string[]> = {
  user: ['read:user', 'user:email', 'user:follow'],
  repo: ['public_repo', 'repo:status', 'repo_deployment', 'repo:invite', 'security_events'],
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
  'admin:repo_hook': ['write:repo_hook', 'read:repo_hook'],
  'write:repo_hook': ['read:repo_hook'],
  'admin:public_key': ['write:public_key', 'read:public_key'],
  'write:public_key': ['read:public_key'],
  project: ['read:project'],
};

export const githubAuthorize = (room: Room): Omit<AuthorizeRules, 'offline'> => ({
  path: '/login/oauth/authorize',
  // Commas are accepted beside the documented spaces.
  scopeSeparator: /[ ,]+/,
  defaultScopes: [],
  expandScopes: (scopes) =>
    scopes.filter((scope) => !scopes.some((wide) => implied[wide]?.includes(scope))).toSorted(),
  redirectMatch: 'origin',
  challenge: 'optional',
  codeSeconds: 600,
  complain: 'redirect',
  errorPage: (problem, detail) => ({
    status: problem === 'client' ? 404 : 200,
    heading: texts[problem],
    text: detail,
  }),
  denial: () => ({
    error: 'access_denied',
    error_description: 'The user has denied your application access.',
    error_uri:
      'https://docs.github.com/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors#access-denied',
  }),
  // RFC 9207
  always: () => ({ iss: `${room.base()}/login/oauth` }),
});
