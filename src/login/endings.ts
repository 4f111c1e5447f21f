import type { UpstreamError } from '../connectors/contract/failures.ts';
import type { Events } from '../kit/events/events.ts';
import type { Text } from '../kit/locale.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import type { ProblemKind } from '../kit/problem-kinds.ts';
import type { ArrivalFailure, Resume } from './arrival.ts';
import type { Connection } from './connections.ts';

export interface EndingDeps {
  readonly events: Events;
  readonly log: Logger;
  readonly onFailure: (resume: Resume, failure: ArrivalFailure) => Promise<string>;
}

/** Why a callback is turned away before anything leaves the broker, and what the person reads. */
const turnedAway = {
  malformed: {
    en: 'This sign-in response is incomplete or malformed. Start again from the app.',
    zh: '登录响应不完整或格式不正确。请返回应用重新开始。',
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
    zh: '此登录响应来自另一个服务商。',
  },
  auth_time_missing: undefined,
  auth_time_stale: undefined,
} as const satisfies Record<string, Text | undefined>;

export type TurnedAway = keyof typeof turnedAway;

/** Only somebody whom a provider has let in comes so far. */
const afterProof: readonly TurnedAway[] = ['auth_time_missing', 'auth_time_stale'];

const kinds: Partial<Record<TurnedAway, ProblemKind>> = {
  another_user: 'forbidden',
  auth_time_missing: 'reauthentication_not_proven',
  auth_time_stale: 'reauthentication_not_proven',
};

/** Records that somebody came with a callback that belongs to nothing, and answers what to throw. */
export async function turnAway(
  { events }: Pick<EndingDeps, 'events'>,
  connection: Connection,
  { step = 'callback', code, retry }: Turning,
): Promise<Problem> {
  const unproven = !afterProof.includes(code);
  await events.record({
    type: 'login.failed',
    connection: connection.alias,
    unproven,
    detail: { step, code },
  });
  return problemOf(code, retry);
}

interface Turning {
  readonly step?: 'authorize' | 'callback';
  readonly code: TurnedAway;
  /** Where it can be begun again. */
  readonly retry?: string | undefined;
}

export function problemOf(code: TurnedAway, retry?: string): Problem {
  const detail = turnedAway[code];
  const members = retry === undefined ? {} : { retry_url: retry };
  const options = { privateDetail: code, members, ...(detail !== undefined && { detail }) };
  return new Problem(kinds[code] ?? 'invalid_request', options);
}

interface Waiting {
  readonly connection: Connection;
  readonly resume: Resume;
}

/** The person, or the provider, said no. Its description is a stranger's text and goes nowhere. */
export async function refused(
  { events, onFailure }: EndingDeps,
  { connection, resume, error }: Waiting & { readonly error: string },
): Promise<string> {
  const cancelled = /access_denied|cancel|denied/.test(error);
  const code = error.replace(/[^\w.-]/g, '').slice(0, 64);
  await events.record({
    type: 'login.failed',
    connection: connection.alias,
    unproven: true,
    detail: { step: 'authorize', code },
  });
  const passing = error === 'temporarily_unavailable';
  return await onFailure(
    resume,
    cancelled ? 'access_denied' : passing ? 'temporarily_unavailable' : 'server_error',
  );
}

/** The provider let us down. */
export async function failed(
  { events, log, onFailure }: EndingDeps,
  { connection, resume, error }: Waiting & { readonly error: UpstreamError },
): Promise<string> {
  const { step, failure, code = null, status = null } = error;
  const { alias } = connection;
  log.warn({ err: error, connection: alias, step, failure: failure.kind }, 'sign-in failed at the provider');
  // A code that nobody issued is sent on as any other; whom a profile is asked for has been let in.
  const unproven = step !== 'profile';
  const about = { connection: alias, unproven, detail: { step, failure: failure.kind, code, status } };
  await events.record({ type: 'login.failed', ...about });
  if (failure.kind === 'misconfigured') await events.record({ type: 'connection.misconfigured', ...about });
  const passing = failure.kind === 'unavailable' || failure.kind === 'rate-limited';
  const ending: ArrivalFailure = passing ? 'temporarily_unavailable' : 'server_error';
  return await onFailure(resume, ending);
}
