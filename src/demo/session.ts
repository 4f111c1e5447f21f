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

/** With an access token that lives for a while: one about to expire is renewed. */
export async function stillSignedIn(
  request: Request,
  { broker, clock }: SessionDeps,
): Promise<SignedIn | undefined> {
  const { signedIn } = visitorOf(request);
  if (!signedIn || signedIn.expiresAt > clock.now().getTime() + seconds(30)) return signedIn;
  return await renew(request, broker);
}

/** Trades the refresh token for new ones. @throws SessionEnded when the broker refuses it. */
export async function renew(request: Request, broker: BrokerClient): Promise<SignedIn | undefined> {
  const visitor = visitorOf(request);
  if (!visitor.signedIn) return undefined;
  visitor.signedIn = await broker.refresh(visitor.signedIn).catch(forgetIfRefused(request));
  return visitor.signedIn;
}

/** Tokens that are refused are forgotten, so that the next page offers to sign in. */
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
