import type { CookieOptions, Request } from 'express';

/** `__Host-` needs https (RFC 6265bis section 4.1.3.2); on plain http, in development, the bare name serves. */
export function hostCookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

export function hostCookieOptions(secure: boolean, maxAge?: number): CookieOptions {
  const options: CookieOptions = { httpOnly: true, secure, path: '/', sameSite: 'lax' };
  return maxAge === undefined ? options : { ...options, maxAge };
}

/** The first cookie of that name, as the browser sent it. */
export function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, ...value] = pair.trim().split('=');
    if (key === name) return value.join('=');
  }
  return undefined;
}
