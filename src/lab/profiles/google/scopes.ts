const prefix = 'https://www.googleapis.com/auth/';
export const emailScope = `${prefix}userinfo.email`;
export const profileScope = `${prefix}userinfo.profile`;
export const calendarScope = `${prefix}calendar.readonly`;

const longNames: Record<string, string> = { email: emailScope, profile: profileScope };
const signIn = ['openid', emailScope, profileScope];

/** Returns the scopes as Google names them: long names for `email` and `profile`, with `openid` added. */
export function expand(scopes: readonly string[]): string[] {
  const long = scopes.map((scope) => longNames[scope] ?? scope);
  const identity = long.some((scope) => signIn.includes(scope));
  return [...new Set([...long, ...(identity ? ['openid'] : [])])];
}

export function isKnown(scope: string): boolean {
  return (
    scope === 'openid' ||
    scope === 'https://mail.google.com/' ||
    scope in longNames ||
    scope.startsWith(prefix)
  );
}

/** Whether a scope has a tick box: only those beyond sign-in do. */
export function isUntickable(scope: string): boolean {
  return !signIn.includes(scope);
}
