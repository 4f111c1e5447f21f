import { before, hours } from '../kit/clock.ts';
import type { AdminCaller } from './caller.ts';
import type { AdminDeps } from './ports.ts';

/** A person who is read again within this time leaves no further event. */
const viewLife = hours(1);

/**
 * Records that an admin has read the page of a person, at most once an hour. It records nothing of a program, or of admins
 * who read their own page.
 */
export async function noteView(
  { events, eventStore, clock }: Pick<AdminDeps, 'events' | 'eventStore' | 'clock'>,
  { actor }: AdminCaller,
  userId: string,
): Promise<void> {
  const { kind, id } = actor;
  if (kind !== 'person' || id === null || id === userId) return;
  const filter = {
    type: ['person.viewed'],
    userId: [userId],
    actor: [id],
    since: before(clock.now(), viewLife),
  };
  const [seen] = await eventStore.list({ limit: 1, after: undefined, filter });
  if (!seen) await events.record({ type: 'person.viewed', userId });
}
