import type { AuthorizeRequest, AuthorizeRules, PageProblem } from '../../authorize/rules.ts';
import type { Grant } from '../../core/ledger-types.ts';
import type { Room } from '../../profile.ts';
import { expand, isKnown, isUntickable } from './scopes.ts';

const pages: Record<PageProblem, readonly [status: number, error: string]> = {
  client: [401, 'invalid_client'],
  redirect: [400, 'redirect_uri_mismatch'],
  missing: [400, 'invalid_request'],
  response_type: [400, 'unsupported_response_type'],
  scope: [400, 'invalid_scope'],
  challenge: [400, 'invalid_request'],
};

export const googleAuthorize = (room: Room): AuthorizeRules => ({
  path: '/o/oauth2/v2/auth',
  required: ['response_type', 'scope'],
  scopeSeparator: / +/,
  defaultScopes: [],
  knownScope: isKnown,
  expandScopes: expand,
  redirectMatch: 'origin',
  challenge: 'optional',
  codeSeconds: 600,
  untickable: isUntickable,
  complain: 'page',
  errorPage: (problem, detail) => {
    const [status, error] = pages[problem];
    return { status, heading: 'Access blocked', text: `Error ${status}: ${error} ${detail}` };
  },
  denial: () => ({ error: 'access_denied' }),
  extras: ({ scopes, query }, person) => ({
    scope: scopes.join(' '),
    authuser: '0',
    ...(person.domain === null ? {} : { hd: person.domain }),
    prompt: query.get('prompt') ?? 'none',
  }),
  // RFC 9207
  always: () => ({ iss: room.base() }),
  offline: (request, earlier) => wantsOffline(request) && needsConsent(request, earlier),
  grantScopes: ({ query }, approved, earlier) => {
    const merged = query.get('include_granted_scopes') === 'true' ? (earlier?.scopes ?? []) : [];
    return [...new Set([...approved, ...merged])];
  },
});

function wantsOffline({ query }: AuthorizeRequest): boolean {
  return query.get('access_type') === 'offline';
}

/** Whether a refresh token is issued: only after a consent page, which is shown only for new scopes. */
function needsConsent({ query, scopes }: AuthorizeRequest, earlier: Grant | undefined): boolean {
  if (earlier === undefined || !earlier.offline) return true;
  const forced =
    query.get('prompt')?.split(' ').includes('consent') || query.get('approval_prompt') === 'force';
  return forced || scopes.some((scope) => !earlier.scopes.includes(scope));
}
