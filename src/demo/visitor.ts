import type { Request } from 'express';

declare module 'express-session' {
  interface SessionData {
    demo: Visitor;
  }
}

/** The demo's state of one browser. */
export interface Visitor {
  /** Sign-ins under way, by their `state`, so that two tabs do not collide. */
  pending: Record<string, PendingSignIn>;
  signedIn?: SignedIn | undefined;
  /** The connection of the account that the person is linking for the demo. */
  connecting?: string | undefined;
}

export interface PendingSignIn {
  readonly verifier: string;
  readonly nonce: string;
}

export interface SignedIn {
  readonly subject: string;
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string;
  /** The granted scopes, separated by spaces. */
  readonly scope: string;
  /** Milliseconds. */
  readonly expiresAt: number;
}

const mostPending = 10;

export function visitorOf({ session }: Request): Visitor {
  session.demo ??= { pending: {} };
  return session.demo;
}

export function remember(visitor: Visitor, state: string, pending: PendingSignIn): void {
  const latest = Object.entries(visitor.pending).slice(1 - mostPending);
  visitor.pending = Object.fromEntries([...latest, [state, pending]]);
}

/** A sign-in under way is used once. */
export function take(visitor: Visitor, state: unknown): PendingSignIn | undefined {
  if (typeof state !== 'string' || !Object.hasOwn(visitor.pending, state)) return undefined;
  const { [state]: pending, ...others } = visitor.pending;
  visitor.pending = others;
  return pending;
}

/** A sign-in starts a new session, so that a planted session id (session fixation) is useless. */
export async function beginSession(request: Request, signedIn: SignedIn): Promise<void> {
  const { pending } = visitorOf(request);
  await new Promise<void>((resolve, reject) => {
    request.session.regenerate((error) => (error ? reject(error) : resolve()));
  });
  request.session.demo = { pending, signedIn };
}
