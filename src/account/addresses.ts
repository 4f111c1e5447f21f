import type { App } from '../issuance/registry/app.ts';

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

export interface Return {
  readonly returnTo: string;
  readonly troubleAt: string;
}

/**
 * Where the browser goes once an account is linked. An app that names an address it has registered hears there of every
 * outcome; one that names none gets the person back at its home when all is well. Anything else ends on our own page.
 */
export function returnOf(wished: string | undefined, app: App | undefined): Return {
  const registered = app ? [...app.redirectUris, ...app.postLogoutRedirectUris, app.homepage] : [];
  if (wished !== undefined && registered.includes(wished)) return { returnTo: wished, troubleAt: wished };
  const ours = app ? `/account?${new URLSearchParams({ app: app.id })}` : '/account';
  return { returnTo: (wished === undefined && homeOf(app)) || ours, troubleAt: ours };
}

/** As registered, else the root of the one site that all its redirect URIs are of. */
export function homeOf(app: App | undefined): string | undefined {
  if (!app) return undefined;
  if (app.homepage) return app.homepage;
  const origins = new Set(app.redirectUris.map((uri) => new URL(uri).origin));
  const [only] = origins;
  return origins.size === 1 && only !== undefined && only !== 'null' ? `${only}/` : undefined;
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
