import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { days, minutes } from '../kit/clock.ts';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    /** The time of the last sign-in, in milliseconds. */
    authTime: number;
    /** The id of the sign-on session of this browser at the sign-in. */
    sessionUid: string;
    /** The time at which the person has seen the notices of first uses, in milliseconds. */
    newsSeenAt: number;
    /** The pending sign-ins, by the hash of their state. */
    signIns: Readonly<Record<string, PendingSignIn>>;
  }
}

export interface PendingSignIn {
  /** The path to return to. */
  readonly to: string;
  /** Milliseconds. */
  readonly startedAt: number;
  /** The sign-in must be newer than `startedAt`. */
  readonly fresh: boolean;
}

/** The greatest age of a sign-in for steps that change linked accounts. */
const recentFor = minutes(15);

/** The greatest age of a sign-in for any page. */
export const longestSession = days(7);

/** Returns the user id of the account-page session. The session middleware of this room must have run. */
export function signedInUser(request: Request): string | undefined {
  return request.session?.userId;
}

/** Returns whether the person has signed in within the last 15 minutes, or within another time (milliseconds). */
export function hasRecentSignIn(request: Request, now: Date, within = recentFor): boolean {
  const { authTime } = request.session;
  return authTime !== undefined && now.getTime() - authTime <= within;
}

export interface SignedIn {
  readonly userId: string;
  readonly authTime: Date;
  /** The sign-on session of this browser. */
  readonly sessionUid?: string | undefined;
}

/** Starts a session under a new id, against session fixation. */
export async function startSession(request: Request, who: SignedIn): Promise<void> {
  await settled((done) => request.session.regenerate(done));
  request.session.userId = who.userId;
  request.session.authTime = who.authTime.getTime();
  if (who.sessionUid !== undefined) request.session.sessionUid = who.sessionUid;
  await saveSession(request);
}

/**
 * Saves the session before a redirect. express-session saves while the response is sent, and the browser follows the
 * Location header at once.
 */
export async function saveSession(request: Request): Promise<void> {
  await settled((done) => request.session.save(done));
}

export async function endSession(request: Request): Promise<void> {
  await settled((done) => request.session.destroy(done));
}

/** Ends the session if the session middleware has run. */
export async function endSessionIfAny(request: IncomingMessage): Promise<void> {
  if (hasSession(request)) await endSession(request);
}

function hasSession(request: IncomingMessage): request is Request {
  return 'session' in request && request.session !== undefined;
}

/**
 * Signs the previous person out of the account-page session when another person signs in to an app in this browser. The
 * session itself is kept, because a pending sign-in of the account page may need it.
 */
export async function signOutOther(request: Request, userId: string): Promise<void> {
  const before = signedInUser(request);
  if (before === undefined || before === userId) return;
  delete request.session.userId;
  delete request.session.authTime;
  delete request.session.sessionUid;
  await saveSession(request);
}

/** Returns the value to which the CSRF tokens of this room are bound. */
export function formBinding(request: Request): string {
  return `account:${request.sessionID}`;
}

function settled(act: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()));
  });
}
