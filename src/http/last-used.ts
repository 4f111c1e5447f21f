import type { Request, Response } from 'express';
import { days } from '../kit/clock.ts';
import { hostCookieOptions, readCookie } from './cookies.ts';

/** The cookie names two connections and no person. It changes an order on pages, and signs no one in. */
const cookie = 'symbolon-last-used';
const most = 2;

/** Returns the aliases of the connections that this browser signed in with, the latest first. */
export function usedLast(request: Request): readonly string[] {
  const aliases = (readCookie(request, cookie) ?? '').split('.');
  return aliases.filter((alias) => /^[a-z0-9][a-z0-9_-]*$/i.test(alias)).slice(0, most);
}

/** Remembers the connection of a sign-in that has succeeded. */
export function rememberUse(request: Request, response: Response, alias: string): void {
  const aliases = [alias, ...usedLast(request).filter((other) => other !== alias)].slice(0, most);
  response.cookie(cookie, aliases.join('.'), hostCookieOptions(request.secure, days(180)));
}
