import type { App } from '../issuance/registry/app.ts';

export const signInPath = '/account/login';
export const callbackPath = '/account/callback';

/** Returns the path to return to after signing in if it is one of the account page or the console, or else the overview. */
export function ownPath(wished: unknown, issuer: string): string {
  if (typeof wished !== 'string' || !wished.startsWith('/') || wished.length > 4096) return '/account';
  if (!URL.canParse(wished, issuer)) return '/account';
  const { origin, pathname, search } = new URL(wished, issuer);
  // A sign-in may also lead to the page behind an invitation, which the console shows.
  const paths = ['/account', '/console'];
  const ours =
    origin === issuer && paths.some((path) => pathname === path || pathname.startsWith(`${path}/`));
  return ours && pathname !== signInPath && pathname !== callbackPath ? pathname + search : '/account';
}

export interface Return {
  readonly returnTo: string;
  readonly troubleAt: string;
}

/**
 * Returns the targets of the browser after linking. A registered address that the app asked for gets every outcome. An app
 * that asked for none gets the person back at its home after success. Everything else ends on the account page.
 */
export function returnOf(wished: string | undefined, app: App | undefined): Return {
  const registered = app ? [...app.redirectUris, ...app.postLogoutRedirectUris, app.homepage] : [];
  if (wished !== undefined && registered.includes(wished)) return { returnTo: wished, troubleAt: wished };
  const ours = app ? `/account?${new URLSearchParams({ app: app.id })}` : '/account';
  return { returnTo: (wished === undefined && homeOf(app)) || ours, troubleAt: ours };
}

/** Returns the registered home of an app, or the root of the only origin of its redirect URIs. */
export function homeOf(app: App | undefined): string | undefined {
  if (!app) return undefined;
  if (app.homepage) return app.homepage;
  const origins = new Set(app.redirectUris.map((uri) => new URL(uri).origin));
  const [only] = origins;
  return origins.size === 1 && only !== undefined && only !== 'null' ? `${only}/` : undefined;
}

/** Returns the address with the outcome as a parameter. */
export function withNotice(address: string, notice: string, issuer: string): string {
  const url = new URL(address, issuer);
  url.searchParams.set('notice', notice);
  return url.href;
}

export function signInAddress(to: string, { fresh }: { fresh: boolean }): string {
  return `${signInPath}?${new URLSearchParams({ to, ...(fresh && { fresh: '1' }) })}`;
}
