import type { UpstreamError } from '../connectors/contract/failures.ts';
import type { Events } from '../kit/events/events.ts';
import type { Text } from '../kit/locale.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import type { ProblemKind } from '../kit/problem-kinds.ts';
import type { Connection } from './connections.ts';
import type { Resume, SignInFailure } from './sign-in.ts';

export interface FailureDeps {
  readonly events: Events;
  readonly log: Logger;
  readonly onFailure: (resume: Resume, failure: SignInFailure) => Promise<string>;
}

/**
 * The reasons of the broker's own to reject a sign-in, with the text that the person reads. Undefined: the general
 * sentence of the problem kind says enough.
 */
const rejections = {
  malformed: {
    en: 'This sign-in response is incomplete or malformed. Start again from the app.',
    zh: '登录未完成（返回信息有误）。请返回应用重新登录。',
  },
  not_open: {
    en: 'This sign-in has expired, was already used, or belongs to another browser. Start again from the app.',
    zh: '此次登录已过期、已被使用，或是在另一个浏览器中开始的。请返回应用重新开始。',
  },
  not_offered: {
    en: 'This way of signing in is not offered at the moment.',
    zh: '目前不提供这种登录方式。',
  },
  another_user: {
    en: 'Another person is signed in here now. Start again.',
    zh: '现在登录的是另一位用户。请重新开始。',
  },
  other_issuer: {
    en: 'This sign-in response comes from another provider.',
    zh: '此登录结果来自其他平台，已被拒绝。',
  },
  auth_time_missing: undefined,
  auth_time_stale: undefined,
} as const satisfies Record<string, Text | undefined>;

export type Rejection = keyof typeof rejections;

/** The rejections of a callback whose code the provider has already exchanged, for a person it has authenticated. */
const afterAuthentication: readonly Rejection[] = ['auth_time_missing', 'auth_time_stale'];

/** The kinds of problem other than `invalid_request`. */
const problemKinds: Partial<Record<Rejection, ProblemKind>> = {
  another_user: 'forbidden',
  auth_time_missing: 'reauthentication_not_proven',
  auth_time_stale: 'reauthentication_not_proven',
};

/**
 * Records a rejected sign-in as `login.failed`, and returns the Problem to throw. Called when a sign-in begins (step
 * `authorize`) and when its callback arrives (step `callback`).
 */
export async function rejectSignIn(
  { events }: Pick<FailureDeps, 'events'>,
  connection: Connection,
  { step = 'callback', code, retry }: RejectionDetails,
): Promise<Problem> {
  // Any caller can open these URLs, so the number of such events is limited. Only a sign-in that the provider has
  // confirmed is recorded each time.
  const unproven = !afterAuthentication.includes(code);
  await events.record({
    type: 'login.failed',
    connection: connection.alias,
    unproven,
    detail: { step, code },
  });
  return rejectionProblem(code, retry);
}

interface RejectionDetails {
  readonly step?: 'authorize' | 'callback';
  readonly code: Rejection;
  /** The path at which the person can start again. */
  readonly retry?: string | undefined;
}

/**
 * Returns the Problem of a rejection. Used without an event when the alias in the URL names no connection, since
 * `login.failed` names one.
 */
export function rejectionProblem(code: Rejection, retry?: string): Problem {
  const detail = rejections[code];
  const members = retry === undefined ? {} : { retry_url: retry };
  const options = { privateDetail: code, members, ...(detail !== undefined && { detail }) };
  return new Problem(problemKinds[code] ?? 'invalid_request', options);
}

interface PendingSignIn {
  readonly connection: Connection;
  readonly resume: Resume;
}

/**
 * Ends a sign-in that the person or the provider denied. The provider's `error_description` is untrusted text
 * and is dropped.
 */
export async function endDenied(
  { events, onFailure }: FailureDeps,
  { connection, resume, error }: PendingSignIn & { readonly error: string },
): Promise<string> {
  const cancelled = /access_denied|cancel|denied/.test(error);
  const code = error.replace(/[^\w.-]/g, '').slice(0, 64);
  await events.record({
    type: 'login.failed',
    connection: connection.alias,
    unproven: true,
    detail: { step: 'authorize', code },
  });
  const temporary = error === 'temporarily_unavailable';
  return await onFailure(
    resume,
    cancelled ? 'access_denied' : temporary ? 'temporarily_unavailable' : 'server_error',
  );
}

/** Ends a sign-in that failed at the provider. */
export async function endFailed(
  { events, log, onFailure }: FailureDeps,
  { connection, resume, error }: PendingSignIn & { readonly error: UpstreamError },
): Promise<string> {
  const { step, failure, code = null, status = null } = error;
  const { alias } = connection;
  log.warn({ err: error, connection: alias, step, failure: failure.kind }, 'sign-in failed at the provider');
  // An attacker can send an invented code as far as the token endpoint. Only a person whom the provider has
  // authenticated reaches the profile.
  const unproven = step !== 'profile';
  const about = { connection: alias, unproven, detail: { step, failure: failure.kind, code, status } };
  await events.record({ type: 'login.failed', ...about });
  if (failure.kind === 'misconfigured') await events.record({ type: 'connection.misconfigured', ...about });
  const temporary = failure.kind === 'unavailable' || failure.kind === 'rate-limited';
  const outcome: SignInFailure = temporary ? 'temporarily_unavailable' : 'server_error';
  return await onFailure(resume, outcome);
}
