import { z } from 'zod';
import type { Sealed } from '../../kit/keys/keyring.ts';
import type { Owner } from '../owner-store.ts';

/** An upstream revocation in the queue, or its outcome. It outlives the identity, the user and the connection. */
export interface QueuedRevocation {
  readonly id: string;
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  /** The alias of the connection when the revocation was queued. */
  readonly connection: string;
  readonly provider: string;
  readonly state: RevocationState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/**
 * pending: the provider is asked again. unsupported: the provider has no revocation endpoint. superseded: the same
 * account is linked again, and ending the old grant would end the new one too. gave_up: the person has to end the grant
 * at the provider.
 */
export const revocationState = z.enum(['pending', 'revoked', 'unsupported', 'superseded', 'gave_up']);

export type RevocationState = z.infer<typeof revocationState>;

/** The outcome of an upstream revocation, as a person or an operator is told. */
export type RevocationOutcome = Exclude<RevocationState, 'pending'> | 'retrying' | 'nothing held';

/** A queued revocation that this process has leased, with its sealed token set. */
export interface ClaimedRevocation extends QueuedRevocation, Sealed {
  readonly version: number;
  readonly owner: Owner;
  readonly subject: string | null;
  /** Null: the provider stated no end. */
  readonly accessExpiresAt: Date | null;
  /** The client id that the tokens were issued to. Null: not known. */
  readonly clientId: string | null;
}

/** The identity whose grant is to be ended, with the names of its connection. */
export interface GrantHolder {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly subject: string;
  readonly issuer: string;
  /** Undefined: this process does not know the connection. */
  readonly connection: { readonly alias: string; readonly provider: string } | undefined;
}

export function outcomeOf(revocation: QueuedRevocation | undefined): RevocationOutcome {
  if (!revocation) return 'nothing held';
  return revocation.state === 'pending' ? 'retrying' : revocation.state;
}
