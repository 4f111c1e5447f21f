import type { Request } from 'express';
import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client';
import { type Clock, seconds } from '../kit/clock.ts';
import type { BrokerClient } from './broker-client.ts';
import { SessionEnded } from './trouble.ts';
import { type SignedIn, visitorOf } from './visitor.ts';

interface SessionDeps {
  readonly broker: BrokerClient;
  readonly clock: Clock;
}

/** Returns a session whose access token is not about to expire. */
export async function stillSignedIn(
  request: Request,
  { broker, clock }: SessionDeps,
): Promise<SignedIn | undefined> {
  const { signedIn } = visitorOf(request);
  if (!signedIn || signedIn.expiresAt > clock.now().getTime() + seconds(30)) return signedIn;
  return await renew(request, broker);
}

/** Exchanges the refresh token for new tokens. @throws SessionEnded when the broker refuses it. */
export async function renew(request: Request, broker: BrokerClient): Promise<SignedIn | undefined> {
  const visitor = visitorOf(request);
  if (!visitor.signedIn) return undefined;
  visitor.signedIn = await broker.refresh(visitor.signedIn).catch(forgetIfRefused(request));
  return visitor.signedIn;
}

/** Refused tokens are deleted, so that the next page offers a sign-in. */
export function forgetIfRefused(request: Request): (error: unknown) => never {
  return (error) => {
    const refused =
      error instanceof SessionEnded ||
      error instanceof WWWAuthenticateChallengeError ||
      (error instanceof ResponseBodyError && error.error === 'invalid_grant');
    if (!refused) throw error;
    visitorOf(request).signedIn = undefined;
    throw new SessionEnded('the broker refuses the tokens of this session', { cause: error });
  };
}
