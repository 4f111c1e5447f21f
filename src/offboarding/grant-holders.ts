import type { LockedIdentity } from '../identities/identity-removals-store.ts';
import type { Connection } from '../login/connections.ts';
import type { GrantHolder } from '../vault/upstream-revocation/queued-revocation.ts';

/** Returns the identities with the names of their connections, as the queue of upstream revocations keeps them. */
export function grantHolders(
  identities: readonly LockedIdentity[],
  connections: readonly Connection[],
): readonly GrantHolder[] {
  const names = new Map(
    connections.map(({ id, alias, connector }) => [id, { alias, provider: connector.provider }]),
  );
  return identities.map(({ id, ...rest }) => ({
    identityId: id,
    ...rest,
    connection: names.get(rest.connectionId),
  }));
}
