import type { Upstream } from '../../connectors/engine/upstream.ts';
import type { Identities } from '../../identities/identities.ts';
import type { Connections } from '../../login/connections.ts';
import { isAsked } from '../asked.ts';
import type { EntryStore } from '../entry-store.ts';
import type { ClaimedRevocation } from './queued-revocation.ts';

export interface RelinkedDeps {
  readonly identities: Pick<Identities, 'ofSubject'>;
  readonly connections: Pick<Connections, 'all'>;
  readonly entries: Pick<EntryStore, 'findMany'>;
}

/**
 * Returns a check whether the account is linked again with a living grant, at any connection with the same provider and
 * client id.
 */
export function createIsRelinked({ identities, connections, entries }: RelinkedDeps) {
  return async (
    { subject }: Pick<ClaimedRevocation, 'subject'>,
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
    return held.some((entry) => entry.state === 'active' || isAsked(entry));
  };
}
