import { type Clock, seconds } from '../kit/clock.ts';
import { UnreadableError } from '../kit/keys/keyring.ts';
import { type Outbound, OutboundError, type OutboundFailure } from '../kit/outbound.ts';
import { retryAfterOf } from '../kit/retry-after.ts';
import type { Claim, DueEndpoint } from './lane-store.ts';
import { signedHeaders } from './signature.ts';
import type { SigningSecrets } from './signing-secrets.ts';

/** The result of an attempt. Only the status and `Retry-After` of the receiver's answer are read. */
export interface Answer {
  /** Null if there was no answer. */
  readonly status: number | null;
  readonly error: OutboundFailure | 'unreadable_secret' | null;
  /** Milliseconds; 0 if the receiver names none. */
  readonly retryAfter: number;
}

export interface PostDeps {
  readonly outbound: Outbound;
  readonly secrets: SigningSecrets;
  readonly clock: Clock;
}

/** Sends a delivery to its endpoint, signed. A failure to reach the endpoint is a result, not an error. */
export async function post(deps: PostDeps, endpoint: DueEndpoint, claim: Claim): Promise<Answer> {
  const { outbound, secrets, clock } = deps;
  try {
    const sentAt = clock.now();
    const signingSecrets = secrets.open(endpoint.id, endpoint.secrets, sentAt);
    const response = await outbound.fetch(endpoint.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Symbolon-Webhooks/1',
        ...signedHeaders({ id: claim.eventId, sentAt, body: claim.body }, signingSecrets),
      },
      body: claim.body,
      isTraced: true,
    });
    const retryAfterSeconds = retryAfterOf(response.headers, clock.now()) ?? 0;
    return { status: response.status, error: null, retryAfter: seconds(retryAfterSeconds) };
  } catch (error) {
    if (error instanceof OutboundError) return { status: null, error: error.failure, retryAfter: 0 };
    if (error instanceof UnreadableError) return { status: null, error: 'unreadable_secret', retryAfter: 0 };
    throw error;
  }
}
