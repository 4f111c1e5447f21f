import { z } from 'zod';
import type { Sealed } from '../../kit/keys/keyring.ts';

/** A grant that has left the vault: its provider has still to end it, or this is what came of asking. */
export interface Departure {
  readonly id: string;
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  /** Alias, as it was. */
  readonly connection: string;
  readonly provider: string;
  readonly state: DepartureState;
  readonly attempts: number;
  readonly lastError: string | null;
  readonly nextAt: Date;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
}

/**
 * pending: asked again and again. unsupported: the provider has no way. superseded: the same account is held here
 * anew, and ending the old grant would end that one with it. gave_up: the person has to end it at the provider.
 */
export const departureState = z.enum(['pending', 'revoked', 'unsupported', 'superseded', 'gave_up']);

export type DepartureState = z.infer<typeof departureState>;

/** What a person or an operator is told of a grant. */
export type Leaving = Exclude<DepartureState, 'pending'> | 'retrying' | 'nothing held';

/** One that this process may work on for now, with what is sealed. */
export interface ClaimedDeparture extends Departure, Sealed {
  readonly version: number;
  readonly subject: string | null;
  /** Null: no stated end. */
  readonly accessExpiresAt: Date | null;
  /** Of the client that the tokens were issued to; null: not known. */
  readonly clientId: string | null;
}

export function leavingOf(departure: Departure | undefined): Leaving {
  if (!departure) return 'nothing held';
  return departure.state === 'pending' ? 'retrying' : departure.state;
}
