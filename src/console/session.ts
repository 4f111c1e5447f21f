import type { Request } from 'express';
import { type SignedIn, saveSession, startSession } from '../account/session.ts';
import { roleOf } from '../admin/roles.ts';
import type { Identities, User } from '../identities/identities.ts';
import type { Issuance } from '../issuance/issuance.ts';
import { type Clock, hours, minutes } from '../kit/clock.ts';
import { actAs } from '../kit/request-context.ts';
import { isFresh, type KeptForm } from './kept-form.ts';

declare module 'express-session' {
  interface SessionData {
    /** The time of the last request in the console that a person caused, in milliseconds. */
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

export interface StandingDeps {
  readonly identities: Identities;
  readonly issuance: Pick<Issuance, 'sessions'>;
  readonly clock: Clock;
}

/**
 * Returns the standing of this browser, and ends a session that is too old. The console is open no longer than the sign-on
 * session of the browser, which the person may end elsewhere, or an admin.
 */
export async function standingOf(
  { identities, issuance, clock }: StandingDeps,
  request: Request,
): Promise<Standing> {
  const { session } = request;
  const { userId, authTime = 0, seenAt = 0, sessionUid } = session;
  if (userId === undefined) return { kind: 'out' };
  const now = clock.now().getTime();
  const user = await identities.findUser(userId);
  if (!user || user.disabledAt || now - authTime > longestVisit || now - seenAt > longestPause)
    return { kind: 'ended' };
  if (sessionUid !== undefined) {
    const open = await issuance.sessions.of(userId);
    if (!open.some(({ id }) => id === sessionUid)) return { kind: 'ended' };
  }
  actAs({ kind: 'person', id: user.id });
  // A list that refreshes itself is no sign of a person.
  const isActivity = request.get('symbolon-live') === undefined;
  if (isActivity && now - seenAt > seenStep) session.seenAt = now;
  return { kind: roleOf(user.roles) ? 'in' : 'without role', user };
}

/** Signs the person in under a new session id. A form of the same person is taken over. */
export async function beginVisit(request: Request, who: SignedIn & { readonly now: Date }): Promise<void> {
  const { keptForm } = request.session;
  await startSession(request, who);
  request.session.seenAt = who.now.getTime();
  if (keptForm?.userId === who.userId && isFresh(keptForm, who.now)) request.session.keptForm = keptForm;
  await saveSession(request);
}

/** Returns the value to which the CSRF tokens of the console are bound. */
export function consoleBinding(request: Request): string {
  return `console:${request.sessionID}`;
}
