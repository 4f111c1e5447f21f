import type { AuthorizeRules } from '../../authorize/rules.ts';

const scopes = ['openid', 'profile', 'email', 'offline_access', 'User.Read', 'Mail.Read', 'Mail.ReadWrite'];
const graph = 'https://graph.microsoft.com/';

export const known = (scope: string) => scopes.includes(scope);

/** Entra takes a scope in any case, with and without Graph's address, and answers it by the name in its list. */
export function named(scope: string): string {
  const bare = scope.replace(graph, '').toLowerCase();
  return scopes.find((name) => name.toLowerCase() === bare) ?? scope;
}

/** A token of Graph carries all that was ever consented to there, whatever is asked for at the moment. */
export const withEarlier: NonNullable<AuthorizeRules['grantScopes']> = (_request, approved, earlier) => [
  ...new Set([...approved, ...(earlier?.scopes ?? [])]),
];

export function everyScopeOf(asked: readonly string[], held: readonly string[]): readonly string[] {
  const unheard = asked.map(named).filter((scope) => !held.includes(scope));
  return [...held, ...unheard];
}
