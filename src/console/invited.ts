import type { Request, Response } from 'express';
import { type Invitation, invitationLife } from '../admin/people/invitations.ts';
import { hostCookieName, hostCookieOptions, readCookie } from '../http/cookies.ts';
import { hashOf } from '../kit/ids.ts';
import type { Secret } from '../kit/secret.ts';
import type { ConsoleDeps } from './ports.ts';

/**
 * The invitation of a browser. The handle is kept in a cookie, since the session of the account page is replaced when the
 * person signs in, and the handle must not be in the database.
 */
export interface Invited {
  /** Returns the invitation of the link or of the cookie. */
  find(request: Request): Promise<Invitation | undefined>;
  /** Puts the handle into the cookie. */
  remember(response: Response, handle: string | Secret): void;
  forget(response: Response): void;
  /** Returns the value to which the CSRF tokens are bound: only a browser with the handle has it. */
  binding(request: Request, within: string): string;
}

export function createInvited({ invitations, secure }: Pick<ConsoleDeps, 'invitations' | 'secure'>): Invited {
  const cookie = hostCookieName('symbolon-join', secure);
  const handleOf = (request: Request) => {
    const { handle } = request.params;
    return typeof handle === 'string' ? handle : (readCookie(request, cookie) ?? '');
  };
  return {
    find: (request) => invitations.find(handleOf(request)),
    remember(response, handle) {
      const value = typeof handle === 'string' ? handle : handle.reveal();
      response.cookie(cookie, value, hostCookieOptions(secure, invitationLife));
    },
    forget: (response) => void response.clearCookie(cookie, hostCookieOptions(secure)),
    binding: (request, within) => `join:${hashOf(handleOf(request))}:${within}`,
  };
}
