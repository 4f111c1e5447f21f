import type { AuthorizeRules } from '../../authorize/rules.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access', 'User.Read', 'Mail.Read', 'Mail.ReadWrite'];
const graph = 'https://graph.microsoft.com/';

export const known = (scope: string) => scopes.includes(scope);

/** Returns a scope by the name in Entra's list. Requests may use any case, with or without Graph's address. */
export function named(scope: string): string {
  const bare = scope.replace(graph, '').toLowerCase();
  return scopes.find((name) => name.toLowerCase() === bare) ?? scope;
}

/** Returns all Graph scopes that were consented to, since a token has them in any case. */
export const withEarlier: NonNullable<AuthorizeRules['grantScopes']> = (_request, approved, earlier) => [
  ...new Set([...approved, ...(earlier?.scopes ?? [])]),
];

export function everyScopeOf(asked: readonly string[], held: readonly string[]): readonly string[] {
  const unheard = asked.map(named).filter((scope) => !held.includes(scope));
  return [...held, ...unheard];
}
