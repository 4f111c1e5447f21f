import type { App } from '../issuance/app.ts';

export const signInPath = '/account/login';
export const callbackPath = '/account/callback';

/** A path of this room to come back to after signing in; anything else becomes the overview. */
export function ownPath(wished: unknown, issuer: string): string {
  if (typeof wished !== 'string' || !wished.startsWith('/') || wished.length > 4096) return '/account';
  if (!URL.canParse(wished, issuer)) return '/account';
  const { origin, pathname, search } = new URL(wished, issuer);
  const ours = origin === issuer && (pathname === '/account' || pathname.startsWith('/account/'));
  return ours && pathname !== signInPath && pathname !== callbackPath ? pathname + search : '/account';
}

/** Where the browser goes once an account is linked: an address the app has registered, or our own page. */
export function returnAddress(wished: string | undefined, app: App | undefined): string {
  const registered = app ? [...app.redirectUris, ...app.postLogoutRedirectUris, app.homepage] : [];
  if (wished !== undefined && registered.includes(wished)) return wished;
  return app ? `/account?${new URLSearchParams({ app: app.id })}` : '/account';
}

/** The address with the outcome on it. */
export function withNotice(address: string, notice: string, issuer: string): string {
  const url = new URL(address, issuer);
  url.searchParams.set('notice', notice);
  return url.href;
}

export function signInAddress(to: string, { fresh }: { fresh: boolean }): string {
  return `${signInPath}?${new URLSearchParams({ to, ...(fresh && { fresh: '1' }) })}`;
}
