import type { IncomingMessage } from 'node:http';
import type { Request } from 'express';
import { days, minutes } from '../kit/clock.ts';

declare module 'express-session' {
  interface SessionData {
    userId: string;
    /** When the person last proved who they are. Milliseconds. */
    authTime: number;
    /** Sign-ins under way, by the hash of their state. */
    signIns: Readonly<Record<string, PendingSignIn>>;
  }
}

export interface PendingSignIn {
  /** A path of ours. */
  readonly to: string;
  /** Milliseconds. */
  readonly startedAt: number;
  /** Only a sign-in made since then counts. */
  readonly fresh: boolean;
}

/** Who changes what is linked must have signed in at most this long ago. */
const recentFor = minutes(15);

/** Older sign-ins open none of these pages. */
export const longestSession = days(7);

/** Who is signed in to our own pages; the session middleware of this room must have run. */
export function signedInUser(request: Request): string | undefined {
  return request.session?.userId;
}

export function hasRecentSignIn(request: Request, now: Date): boolean {
  const { authTime } = request.session;
  return authTime !== undefined && now.getTime() - authTime <= recentFor;
}

/** Under a new id, so that an id planted before the sign-in is worth nothing. */
export async function startSession(request: Request, who: { userId: string; authTime: Date }): Promise<void> {
  await settled((done) => request.session.regenerate(done));
  request.session.userId = who.userId;
  request.session.authTime = who.authTime.getTime();
  await saveSession(request);
}

/**
 * Before a redirect: express-session saves while the answer is being sent, and a browser that has seen the header
 * follows it at once.
 */
export async function saveSession(request: Request): Promise<void> {
  await settled((done) => request.session.save(done));
}

export async function endSession(request: Request): Promise<void> {
  await settled((done) => request.session.destroy(done));
}

/** The same, where the session middleware may have run or not. */
export async function endSessionOf(request: IncomingMessage): Promise<void> {
  if (hasSession(request)) await endSession(request);
}

function hasSession(request: IncomingMessage): request is Request {
  return 'session' in request && request.session !== undefined;
}

/**
 * Somebody has signed in to an app in this browser: what another person had open here is over. Their session is made
 * nobody's and not ended, since the sign-in may have been asked for by our own pages, which wait for it there.
 */
export async function yieldSession(request: Request, userId: string): Promise<void> {
  const before = signedInUser(request);
  if (before === undefined || before === userId) return;
  delete request.session.userId;
  delete request.session.authTime;
  await saveSession(request);
}

/** What the form tokens of this room are bound to. */
export function formBinding(request: Request): string {
  return `account:${request.sessionID}`;
}

function settled(act: (done: (error?: unknown) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    act((error) => (error ? reject(error) : resolve()));
  });
}
