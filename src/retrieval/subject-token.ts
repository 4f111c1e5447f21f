import type { PresentedToken } from '../http/bearer.ts';
import { GrantError } from '../issuance/custom-grants.ts';
import type { VerifyRefreshToken } from '../issuance/tokens/verify-refresh-token.ts';
import { Problem } from '../kit/problem.ts';
import {
  type AsOf,
  type Caller,
  type CallerDeps,
  type CheckedCaller,
  callerBy,
  callerFrom,
} from './permission.ts';
import type { Refusals } from './refusals.ts';
import type { VerifiedToken } from './routes.ts';

// The subject token check that all token exchanges share, whatever their dialect (RFC 8693).

export const subjectTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
} as const;

export type SubjectType = (typeof subjectTypes)[keyof typeof subjectTypes];

export interface SubjectDeps extends CallerDeps {
  /** Verifies an access token for the broker's own API. */
  readonly verify: (presented: PresentedToken, asOf?: 'now') => Promise<VerifiedToken>;
  readonly verifyRefreshToken: VerifyRefreshToken;
  readonly refusals: Refusals;
}

export interface SubjectToken {
  readonly token: PresentedToken;
  readonly type: SubjectType;
}

/**
 * Returns the caller of a token exchange: the user of a token that was issued to this very app. A token of
 * another app is refused, since it would lend this app the other app's consent. @throws `refusal` for any
 * other token.
 */
export async function callerOf(
  deps: SubjectDeps,
  clientId: string,
  { refusal, ...subject }: SubjectToken & { readonly refusal: () => Error },
): Promise<Caller> {
  return await callerBy(deps, (asOf) => checkedCallerOf(deps, clientId, { ...subject, asOf }), refusal);
}

async function checkedCallerOf(
  { verify, verifyRefreshToken }: SubjectDeps,
  clientId: string,
  { token, type, asOf }: SubjectToken & { readonly asOf: AsOf },
): Promise<CheckedCaller | undefined> {
  if (type === subjectTypes.refreshToken) {
    const holder = await verifyRefreshToken(token, clientId, asOf).catch(unlessInvalid);
    return holder && callerFrom({ ...holder, clientId }, holder.userId);
  }
  const subject = await verify(token, asOf).catch(unlessInvalid);
  if (subject?.userId === undefined || subject.clientId !== clientId) return undefined;
  return callerFrom(subject, subject.userId);
}

/** An invalid token is a refusal; an unavailable database is an error. */
export function unlessInvalid(error: unknown): undefined {
  if (error instanceof Problem && error.status < 500) return undefined;
  throw error;
}

/** Returns the refusal of the REST endpoint in the shape of RFC 6749 section 5.2, with the same links. */
export function asGrantError(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const { code, message, status, members } = error;
  // A `WWW-Authenticate` challenge would read as one to the client, which is authenticated.
  const { 'WWW-Authenticate': _challenge, ...headers } = error.headers;
  return new GrantError(code, message, { status, members, headers });
}
