import type { Identity, User } from '../identities/identities.ts';
import type { GivenConsent } from '../issuance/issuance.ts';
import { after, days } from '../kit/clock.ts';
import type { Text } from '../kit/locale.ts';
import type { Connection } from '../login/connections.ts';
import { offeredConnections } from '../login/offered-connections.ts';
import type { AppUse } from '../reporting/uses-list-store.ts';
import type { Health } from '../vault/health.ts';
import { type AppOfAccount, appsOfAccount, readKnownApps, titleOf } from './app-uses.ts';
import type { AccountDeps } from './ports.ts';

/** The content of the account page. */
export interface Overview {
  readonly user: User;
  readonly linked: readonly LinkedAccount[];
  /** The apps to which the person has given a consent. */
  readonly apps: readonly (GivenConsent & { readonly title: Text })[];
  /** The connections with which more accounts can be linked. */
  readonly offered: readonly Connection[];
  /** The first uses that the person has not seen yet, the latest first. */
  readonly unseen: readonly AppUse[];
  /** The ids of other users who are the same person by a shared id. */
  readonly samePersonAs: readonly string[];
}

export interface LinkedAccount {
  readonly identity: Identity;
  readonly connection: Connection;
  /** Undefined: no token set is stored for this account. */
  readonly health: Health | undefined;
  /** The apps that may use this account, or have used it. */
  readonly apps: readonly AppOfAccount[];
}

/** Older first uses are no news. */
const newsFor = days(30);

export interface OverviewReader {
  /** Some connections are offered to certain browsers only. */
  readonly userAgent?: string | undefined;
  /** The time at which the person has seen the notices in this browser. */
  readonly newsSeenAt?: Date | undefined;
}

/** Reads the overview. */
export async function readOverview(
  deps: AccountDeps,
  user: User,
  { userAgent, newsSeenAt = new Date(0) }: OverviewReader = {},
): Promise<Overview> {
  const { identities, connections, vault } = deps;
  const [mine, allConnections, samePersonAs] = await Promise.all([
    identities.allOfUser(user.id),
    connections.all(),
    identities.samePersonAs(user.id),
  ]);
  const byId = new Map(allConnections.map((connection) => [connection.id, connection]));
  const pairs = mine.flatMap((identity) => {
    const connection = byId.get(identity.connectionId);
    return connection ? [{ identity, connection }] : [];
  });
  const connectionIds = [...new Set(pairs.map(({ connection }) => connection.id))];
  const [health, known] = await Promise.all([
    vault.health(pairs.map(({ identity, connection }) => ({ id: identity.id, connection }))),
    readKnownApps(deps, user.id, connectionIds),
  ]);
  const linked = pairs.map(({ identity, connection }) => ({
    identity,
    connection,
    health: health.get(identity.id),
    apps: appsOfAccount(known, {
      identityId: identity.id,
      connectionId: connection.id,
      alias: connection.alias,
    }),
  }));
  return {
    user,
    linked,
    apps: known.consents.map((one) => ({ ...one, title: titleOf(known, one.clientId, one.appName) })),
    unseen: known.uses.filter(
      ({ seenAt, firstAt }) =>
        seenAt === null && firstAt > newsSeenAt && firstAt > after(deps.clock.now(), -newsFor),
    ),
    offered: offeredConnections(
      allConnections.filter(({ enabled }) => enabled),
      userAgent,
    ),
    samePersonAs,
  };
}
