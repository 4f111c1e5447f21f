import type { Upstream } from '../../connectors/engine/upstream.ts';
import type { Identities } from '../../identities/identities.ts';
import type { Connections } from '../../login/connections.ts';
import type { EntryStore } from '../entry-store.ts';
import type { ClaimedDeparture } from './departure.ts';

export interface HeldAnewDeps {
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly entries: Pick<EntryStore, 'findMany'>;
}

/** Whether somebody has come back: the account is linked and alive, by whichever connection of the same client. */
export function createHeldAnew({ identities, connections, entries }: HeldAnewDeps) {
  return async (
    { subject }: Pick<ClaimedDeparture, 'subject'>,
    { connector, registration }: Upstream,
  ): Promise<boolean> => {
    if (subject === null) return false;
    const alike = (await connections.all()).filter(
      ({ upstream }) =>
        upstream.connector.provider === connector.provider &&
        upstream.registration.clientId === registration.clientId,
    );
    const linked = await identities.ofSubject(
      subject,
      alike.map(({ id }) => id),
    );
    if (linked.length === 0) return false;
    const held = await entries.findMany(linked.map(({ id }) => id));
    return held.some(({ state }) => state === 'active');
  };
}
