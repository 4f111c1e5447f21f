import type { CookieOptions, Request } from 'express';
import { cookieOf } from '../kit/cookie-of.ts';

/** Returns the cookie's name. `__Host-` requires https (RFC 6265bis section 4.1.3.2), so plain http has no prefix. */
export function hostCookieName(name: string, secure: boolean): string {
  return secure ? `__Host-${name}` : name;
}

export function hostCookieOptions(secure: boolean, maxAge?: number): CookieOptions {
  const options: CookieOptions = { httpOnly: true, secure, path: '/', sameSite: 'lax' };
  return maxAge === undefined ? options : { ...options, maxAge };
}

/** Returns the first cookie of that name, as the browser sent it. */
export function readCookie(request: Request, name: string): string | undefined {
  return cookieOf(request.headers.cookie, name);
}
