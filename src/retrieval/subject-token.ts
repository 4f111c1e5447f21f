import { GrantError } from '../issuance/custom-grants.ts';
import type { VerifyRefreshToken } from '../issuance/tokens/verify-refresh-token.ts';
import { Problem } from '../kit/problem.ts';
import { type AsOf, type Caller, callerBy, type Shown } from './permission.ts';
import type { VerifiedToken } from './routes.ts';

// What every exchange of a token of ours for a provider's has in common, whatever its dialect (RFC 8693).

export const subjectTypes = {
  accessToken: 'urn:ietf:params:oauth:token-type:access_token',
  refreshToken: 'urn:ietf:params:oauth:token-type:refresh_token',
} as const;

export type SubjectType = (typeof subjectTypes)[keyof typeof subjectTypes];

export interface SubjectDeps {
  /** Of an access token for the broker's own API. */
  readonly verify: (token: string, asOf?: 'now') => Promise<VerifiedToken>;
  readonly verifyRefreshToken: VerifyRefreshToken;
}

export interface SubjectToken {
  readonly token: string;
  readonly type: SubjectType;
}

/**
 * Whom an app may act for: the user of a token that this very app was issued. Whoever holds another app's token must
 * not draw on what the user allowed that app. @throws The refusal for any other token.
 */
export async function callerOf(
  deps: SubjectDeps,
  clientId: string,
  { refusal, ...subject }: SubjectToken & { readonly refusal: () => Error },
): Promise<Caller> {
  return await callerBy((asOf) => shownBy(deps, clientId, { ...subject, asOf }), refusal);
}

async function shownBy(
  { verify, verifyRefreshToken }: SubjectDeps,
  clientId: string,
  { token, type, asOf }: SubjectToken & { readonly asOf: AsOf },
): Promise<Shown | undefined> {
  if (type === subjectTypes.refreshToken) {
    const holder = await verifyRefreshToken(token, clientId, asOf);
    return holder && { ...holder, clientId, background: false };
  }
  const subject = await verify(token, asOf).catch(unlessInvalid);
  if (subject?.userId === undefined || subject.clientId !== clientId) return undefined;
  return { userId: subject.userId, clientId, scopes: subject.scopes, background: false };
}

/** A token that is not good is an answer; a database that is away is not. */
function unlessInvalid(error: unknown): undefined {
  if (error instanceof Problem && error.status < 500) return undefined;
  throw error;
}

/** The refusals of the REST endpoint in the shape of RFC 6749 section 5.2, with the same way out. */
export function asGrantError(error: unknown): unknown {
  if (!(error instanceof Problem)) return error;
  const { code, message, status, members } = error;
  // A challenge to the bearer would be taken for one to the client, who is authenticated.
  const { 'WWW-Authenticate': _challenge, ...headers } = error.headers;
  return new GrantError(code, message, { status, members, headers });
}
