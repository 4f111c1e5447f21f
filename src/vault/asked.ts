import type { DeadReason } from '../connectors/contract/failures.ts';

/** The reason of an entry that an operator has marked. Its grant lives, and its token set is kept. */
export const askedReason = 'requested_by_operator' as const satisfies DeadReason;

/** The mark, as a save keeps it: only the person ends it, by a sign-in. */
export const askedMark = { reason: askedReason, error: askedReason } as const;

/** Returns whether the person is asked to authorise again although the grant is not dead. */
export function isAsked({ stateReason }: { readonly stateReason: DeadReason | null }): boolean {
  return stateReason === askedReason;
}
