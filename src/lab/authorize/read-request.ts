import type { LabClient } from '../core/client.ts';
import type { Room } from '../profile.ts';
import type { AuthorizeRequest, AuthorizeRules, PageProblem } from './rules.ts';

/** A refused authorization request. With a redirect URI, the client can receive the error. */
export class AuthorizeError extends Error {
  readonly problem: PageProblem;
  readonly detail: string;
  readonly request: { readonly redirectUri: string; readonly state: string | null } | undefined;

  constructor(problem: PageProblem, detail: string, request?: AuthorizeError['request']) {
    super(`${problem} ${detail}`);
    this.problem = problem;
    this.detail = detail;
    this.request = request;
  }
}

export function readAuthorizeRequest(
  room: Room,
  rules: AuthorizeRules,
  query: URLSearchParams,
): AuthorizeRequest {
  const clientParam = rules.clientParam ?? 'client_id';
  const client = room.client(query.get(clientParam) ?? undefined);
  if (client === undefined) throw new AuthorizeError('client', clientParam);
  const redirectUri = query.get(rules.redirectParam ?? 'redirect_uri') ?? '';
  if (!isRegistered(redirectUri, client, rules.redirectMatch))
    throw new AuthorizeError('redirect', redirectUri);

  const state = query.get('state');
  const fail = (problem: PageProblem, detail: string) =>
    new AuthorizeError(problem, detail, { redirectUri, state });
  const absent = rules.required?.find((name) => !query.get(name));
  if (absent !== undefined) throw fail('missing', absent);
  const responseType = query.get('response_type') ?? 'code';
  if (responseType !== 'code') throw fail('response_type', responseType);
  const scopes = readScopes(rules, query);
  const unknown = scopes.find((scope) => rules.knownScope?.(scope) === false);
  if (unknown !== undefined) throw fail('scope', unknown);
  const challenge = readChallenge(rules, query);
  if (challenge === 'bad') throw fail('challenge', 'code_challenge');
  return { client, redirectUri, state, scopes, challenge, nonce: query.get('nonce'), query };
}

/** Whether a redirect URI is registered: a registration with a path is a whole URI, one without allows every path. */
function isRegistered(
  redirectUri: string,
  client: LabClient,
  match: AuthorizeRules['redirectMatch'],
): boolean {
  if (!URL.canParse(redirectUri)) return false;
  const asked = new URL(redirectUri);
  if (asked.hash !== '') return false;
  return client.redirectOrigins.some((entry) => {
    const registered = new URL(entry);
    if (match === 'host') return registered.hostname === asked.hostname && /^https?:$/.test(asked.protocol);
    return registered.pathname === '/' ? registered.origin === asked.origin : entry === redirectUri;
  });
}

function readScopes(rules: AuthorizeRules, query: URLSearchParams): readonly string[] {
  const asked = (query.get(rules.scopeParam ?? 'scope') ?? '')
    .split(rules.scopeSeparator)
    .filter((scope) => scope !== '');
  const scopes = asked.length === 0 ? rules.defaultScopes : [...new Set(asked)];
  return rules.expandScopes?.(scopes) ?? scopes;
}

function readChallenge(rules: AuthorizeRules, query: URLSearchParams): AuthorizeRequest['challenge'] | 'bad' {
  const value = query.get('code_challenge');
  if (rules.challenge === 'ignored') return null;
  if (value === null) return rules.challenge === 'required' ? 'bad' : null;
  const method = query.get('code_challenge_method') ?? rules.challengeMethod ?? 'plain';
  const wellFormed = method === 'S256' && /^[\w-]{43}$/.test(value);
  return wellFormed ? { method, value } : 'bad';
}
