import type { Request } from 'express';
import { saveSession, startSession } from '../account/session.ts';
import { roleOf } from '../admin/roles.ts';
import type { Identities, User } from '../identities/identities.ts';
import { type Clock, hours, minutes } from '../kit/clock.ts';
import { actAs } from '../kit/request-context.ts';
import type { KeptForm } from './kept-form.ts';

declare module 'express-session' {
  interface SessionData {
    /** The time of the last request in the console, in milliseconds. */
    seenAt: number;
    /** The form that was posted without a sufficient sign-in. */
    keptForm: KeptForm;
  }
}

/** The greatest age of a sign-in for the console. */
export const longestVisit = hours(12);
/** A session ends after so long without a request. */
const longestPause = minutes(30);
/** The row outlives the session, so that a form posted after its end can be kept. */
export const rowLife = hours(13);

/** The time of a request is written no more often than this. */
const seenStep = minutes(1);

/** `ended`: this browser was signed in to the console, and has to sign in again. */
export type Standing =
  | { readonly kind: 'in' | 'without role'; readonly user: User }
  | { readonly kind: 'ended' | 'out' };

/** Returns the standing of this browser, and ends a session that is too old. */
export async function standingOf(
  { identities, clock }: { readonly identities: Identities; readonly clock: Clock },
  request: Request,
): Promise<Standing> {
  const { session } = request;
  const { userId, authTime = 0, seenAt = 0 } = session;
  if (userId === undefined) return { kind: 'out' };
  const now = clock.now().getTime();
  const user = await identities.findUser(userId);
  if (!user || user.disabledAt || now - authTime > longestVisit || now - seenAt > longestPause)
    return { kind: 'ended' };
  actAs({ kind: 'person', id: user.id });
  if (now - seenAt > seenStep) session.seenAt = now;
  return { kind: roleOf(user.roles) ? 'in' : 'without role', user };
}

/** Signs the person in under a new session id. A form of the same person is taken over. */
export async function beginVisit(
  request: Request,
  who: { readonly userId: string; readonly authTime: Date; readonly now: Date },
): Promise<void> {
  const { keptForm } = request.session;
  await startSession(request, who);
  request.session.seenAt = who.now.getTime();
  if (keptForm?.userId === who.userId) request.session.keptForm = keptForm;
  await saveSession(request);
}

/** Returns the value to which the CSRF tokens of the console are bound. */
export function consoleBinding(request: Request): string {
  return `console:${request.sessionID}`;
}
