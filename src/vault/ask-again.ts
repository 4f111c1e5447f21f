import { askedReason } from './asked.ts';
import { type RefreshDeps, type RefreshTarget, subjectOf } from './refresh/refresh-deps.ts';

/** `ended_already`: the person is asked for another reason. `nothing_held`: no token set is stored. */
export type AskedAgain = 'asked' | 'ended_already' | 'nothing_held';

/**
 * Marks an account, so that its person is asked to authorise again. The grant at the provider and the stored tokens stay. A
 * sign-in repairs it.
 */
export async function askAgain(
  { store, events }: Pick<RefreshDeps, 'store' | 'events'>,
  target: RefreshTarget,
): Promise<AskedAgain> {
  const { identityId } = target;
  if (await store.markAsked(identityId)) {
    const detail = { reason: askedReason };
    await events.record({ type: 'token.reauthorization_required', ...subjectOf(target), detail });
    return 'asked';
  }
  const entry = await store.find(identityId);
  return entry?.state === 'reauthorization_required' ? 'ended_already' : 'nothing_held';
}
