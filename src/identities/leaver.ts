import type { Transaction } from '../kit/database/database.ts';

/** An identity that is being removed. */
export interface Leaver {
  readonly identityId: string;
  readonly userId: string;
  readonly connectionId: string;
  readonly subject: string;
  /** Undefined: it is not known here any longer, or not yet. */
  readonly connection: { readonly alias: string; readonly provider: string } | undefined;
}

/**
 * Told within the transaction that removes identities, before they go, so that what hangs on them takes its leave
 * with them or not at all. Answers for how many there was something to take.
 */
export type TakeLeave = (transaction: Transaction, leavers: readonly Leaver[]) => Promise<number>;
