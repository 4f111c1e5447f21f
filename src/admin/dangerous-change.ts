import { z } from 'zod';
import { minutes } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import type { AdminCaller } from './caller.ts';

/** The greatest age of a sign-in for a dangerous change. */
export const freshFor = minutes(5);

/** The body field with the reason, for the schemas of dangerous operations. The header is an alternative. */
export const reasonText = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}*$/u, 'must not contain control characters');
export const reasonField = reasonText
  .optional()
  .describe(
    'Why, for the audit log; or the header `Symbolon-Reason`. People and named tokens have to say it',
  );

export interface DangerousCall {
  readonly caller: AdminCaller;
  readonly reason: string | undefined;
  /** Under the setting ADMIN_APPROVALS. `given`: another owner has approved this very change. */
  readonly approval: 'not needed' | 'missing' | 'given';
}

export interface DangerRules {
  /** `always`: ADMIN_API_TOKEN has to give a reason too. */
  readonly reason?: 'from people' | 'always';
}

/** The change is stored until another owner approves it. */
export class ApprovalMissing extends Error {
  override readonly name = 'ApprovalMissing';
  readonly reason: string | undefined;

  constructor(reason: string | undefined) {
    super('another owner has to approve this');
    this.reason = reason;
  }
}

/**
 * Guards a change that can cost all people their tokens, or give the broker away. The operation calls it before it has
 * changed anything. Returns the reason for the event.
 * @throws Problem insufficient_user_authentication, invalid_body for a missing reason; ApprovalMissing
 */
export function requireDangerous(
  { caller, reason, approval }: DangerousCall,
  { reason: needed = 'from people' }: DangerRules = {},
): string | undefined {
  if (approval !== 'given') requireRecentSignIn(caller);
  if (reason === undefined && (needed === 'always' || caller.actor.kind !== 'bootstrap'))
    throw reasonMissing();
  if (approval === 'missing') throw new ApprovalMissing(reason);
  return reason;
}

/** @throws Problem insufficient_user_authentication for a person who signed in too long ago */
export function requireRecentSignIn({ actor, signedInRecently }: AdminCaller): void {
  if (actor.kind === 'person' && !signedInRecently) throw signInAgain();
}

/** RFC 9470 section 3. */
function signInAgain(): Problem {
  const challenge =
    'Bearer error="insufficient_user_authentication", error_description="A sign-in of the last minutes is needed", ' +
    `max_age="${freshFor / 1000}"`;
  return new Problem('insufficient_user_authentication', { headers: { 'WWW-Authenticate': challenge } });
}

function reasonMissing(): Problem {
  const message = 'is missing: say why, here or in the header Symbolon-Reason';
  return new Problem('invalid_body', {
    detail: `reason: ${message}`,
    members: { errors: [{ path: 'reason', message }] },
  });
}

/** Returns the reason that the header gives. HTTP headers arrive as Latin-1, and a reason may be Chinese. */
export function reasonInHeader(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  const reason = reasonText.safeParse(Buffer.from(header, 'latin1').toString('utf8'));
  if (reason.success && !reason.data.includes('\uFFFD')) return reason.data;
  const message = 'must be at most 256 printable characters in UTF-8';
  throw new Problem('invalid_request', { detail: `Symbolon-Reason: ${message}` });
}
