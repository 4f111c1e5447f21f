import type { Identity, User } from '../identities/identities.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import type { Connection } from '../login/connections.ts';
import { offeredConnections } from '../login/offered-connections.ts';
import type { Health } from '../vault/health.ts';
import type { AccountDeps } from './ports.ts';

/** All that the page of a signed-in person shows. */
export interface Overview {
  readonly user: User;
  readonly linked: readonly LinkedAccount[];
  /** Every app that the person has allowed something. */
  readonly apps: readonly GivenConsent[];
  /** To link more accounts with. */
  readonly offered: readonly Connection[];
  /** Other users here who the provider says are this person. */
  readonly samePersonAs: readonly string[];
}

export interface LinkedAccount {
  readonly identity: Identity;
  readonly connection: Connection;
  readonly health: Health | undefined;
  /** Those that the person has allowed to use it. */
  readonly apps: readonly GivenConsent[];
}

export async function readOverview(
  { identities, connections, vault, issuance }: AccountDeps,
  user: User,
  userAgent?: string,
): Promise<Overview> {
  const [mine, known, consents, samePersonAs] = await Promise.all([
    identities.ofUser(user.id),
    connections.all(),
    issuance.consents(user.id),
    identities.samePersonAs(user.id),
  ]);
  const byId = new Map(known.map((connection) => [connection.id, connection]));
  const pairs = mine.flatMap((identity) => {
    const connection = byId.get(identity.connectionId);
    return connection ? [{ identity, connection }] : [];
  });
  const health = await vault.health(
    pairs.map(({ identity, connection }) => ({ id: identity.id, connection })),
  );
  const linked = pairs.map(({ identity, connection }) => ({
    identity,
    connection,
    health: health.get(identity.id),
    apps: consents.filter(({ scopes }) => scopes.includes(`idp:${connection.alias}`)),
  }));
  return {
    user,
    linked,
    apps: consents,
    offered: offeredConnections(
      known.filter(({ enabled }) => enabled),
      userAgent,
    ),
    samePersonAs,
  };
}
