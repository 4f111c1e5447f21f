import { before, hours } from '../kit/clock.ts';
import { createSingleFlight } from '../kit/single-flight.ts';
import type { AdminCaller } from './caller.ts';
import type { Operation } from './operation.ts';
import type { AdminDeps } from './ports.ts';

/** A person who is read again within this time leaves no further event. */
const viewLife = hours(1);

export interface View {
  readonly caller: AdminCaller;
  readonly params: Readonly<Record<string, string>>;
}

/** Notes that an operation has shown a person to an admin. */
export type NoteView = (operation: Pick<Operation, 'method' | 'path'>, view: View) => Promise<void>;

/**
 * Returns the note of a view: whatever an operation shows of one person is recorded as `person.viewed`, at most once an hour
 * for each admin and person. Programs leave none, nor do admins who read about themselves.
 */
export function createPersonViews({
  events,
  eventStore,
  clock,
}: Pick<AdminDeps, 'events' | 'eventStore' | 'clock'>): NoteView {
  const share = createSingleFlight<void>();

  async function note(actor: string, userId: string): Promise<void> {
    const since = before(clock.now(), viewLife);
    const filter = { type: ['person.viewed'], userId: [userId], actor: [actor], since };
    const [seen] = await eventStore.list({ limit: 1, after: undefined, filter });
    if (!seen) await events.record({ type: 'person.viewed', userId });
  }

  return async ({ method, path }, { caller, params }) => {
    const { kind, id } = caller.actor;
    const { user } = params;
    if (method !== 'get' || !path.startsWith('/users/{user}') || user === undefined) return;
    if (kind !== 'person' || id === null || id === user) return;
    await share(`${id} ${user}`, () => note(id, user));
  };
}
