import type { DeadReason } from '../connectors/contract/failures.ts';

/** The reason of an entry that an operator has marked. Its grant lives, and its token set is kept. */
export const askedReason = 'requested_by_operator' as const satisfies DeadReason;

/** Returns whether the person is asked to authorise again although the grant is not dead. */
export function isAsked({ stateReason }: { readonly stateReason: DeadReason | null }): boolean {
  return stateReason === askedReason;
}
