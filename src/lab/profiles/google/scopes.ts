const prefix = 'https://www.googleapis.com/auth/';
export const emailScope = `${prefix}userinfo.email`;
export const profileScope = `${prefix}userinfo.profile`;
export const calendarScope = `${prefix}calendar.readonly`;

const longNames: Record<string, string> = { email: emailScope, profile: profileScope };
const signIn = ['openid', emailScope, profileScope];

/** Google answers with the long names of `email` and `profile`, and adds `openid` to either. */
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

/** Only what goes beyond signing in has a tick box. */
export function isUntickable(scope: string): boolean {
  return !signIn.includes(scope);
}
