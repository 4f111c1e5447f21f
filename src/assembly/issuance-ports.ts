import { accountTitle, platformTitle } from '../connectors/contract/names.ts';
import { wordsOfScope } from '../connectors/contract/scope-words.ts';
import { type Brandings, deploymentScope } from '../http/branding.ts';
import type { Agreements } from '../identities/agreements-store.ts';
import type { Identities } from '../identities/identities.ts';
import type { IssuanceDeps, People } from '../issuance/ports.ts';
import type { Clock } from '../kit/clock.ts';
import { labelOf } from '../login/connection-label.ts';
import { connectionChannel } from '../login/connection-store.ts';
import type { Connections } from '../login/connections.ts';
import { offeredConnections } from '../login/offered-connections.ts';
import { suitableConnection } from '../login/suitable-connection.ts';
import type { RefreshTarget } from '../vault/refresh/refresh-deps.ts';

/** Returns people and their identities in the form of issuance's port. */
export function createPeople(identities: Identities, connections: Connections): People {
  return {
    async find(userId) {
      const user = await identities.findPerson(userId);
      if (!user) return undefined;
      const { disabledAt, lastLoginAt, emailVerified, ...rest } = user;
      return {
        ...rest,
        emailVerified: emailVerified ?? false,
        disabled: disabledAt !== null,
        updatedAt: lastLoginAt ?? user.createdAt,
      };
    },
    async linked(userId) {
      const accounts = await identities.ofUser(userId);
      const known = await Promise.all(
        accounts.map(async ({ id, connectionId, name }) => {
          const connection = await connections.findById(connectionId);
          // It was just removed, and its identities are about to be.
          if (!connection) return [];
          const { alias, connector } = connection;
          const { provider, title } = connector;
          return [{ identityId: id, connectionId, connection: alias, provider, title, name }];
        }),
      );
      return known.flat();
    },
  };
}

/** Returns connections, and the channels of their and the looks' changes, in the form of issuance's ports. */
export function createConnectionPorts(
  connections: Connections,
  branding: Pick<Brandings, 'channel' | 'clearCache'>,
): Pick<IssuanceDeps, 'connections' | 'connectionChanges' | 'brandingChanges'> {
  const forRedirect = async () =>
    (await connections.all()).filter(
      ({ enabled, purpose, connector }) => enabled && purpose === 'login' && connector.signInBy !== 'code',
    );
  const signIn: IssuanceDeps['connections'] = {
    // Without a user agent: all enabled connections for sign-in, whatever the browser.
    async forSignIn(userAgent) {
      const known = await forRedirect();
      const offered = userAgent === undefined ? known : offeredConnections(known, userAgent);
      return offered.map((connection) => ({
        id: connection.id,
        ...labelOf(connection, userAgent),
      }));
    },
    async suitable(alias, userAgent) {
      const known = await forRedirect();
      const named = known.find((connection) => connection.alias === alias);
      return named ? suitableConnection(named, known, userAgent).alias : alias;
    },
    async namesOf(alias) {
      const connection = await connections.find(alias);
      if (!connection) return undefined;
      const { connector, registration } = connection;
      return {
        title: connector.title,
        account: accountTitle(connector),
        platform: platformTitle(connector),
        label: labelOf(connection),
        scopes: registration.scopes,
        wordsOf: (scope) => wordsOfScope(connector, scope),
      };
    },
    // Past the cache, so that a new connection is known at once.
    connectionIdOf: async (alias) => (await connections.findNow(alias))?.id,
    aliasOf: async (connectionId) => (await connections.findById(connectionId))?.alias,
    known: connections.all,
  };
  const { clearCache } = connections;
  return {
    connections: signIn,
    connectionChanges: { channel: connectionChannel, clearCache },
    brandingChanges: branding,
  };
}

/** Returns a lookup of refresh targets by identity id, for the vault's sweep. */
export function createTargets(identities: Identities, connections: Connections) {
  return async (identityIds: readonly string[]): Promise<readonly RefreshTarget[]> => {
    const found = await identities.byIds(identityIds);
    const targets = await Promise.all(
      found.map(async ({ id, userId, subject, connectionId }) => {
        const connection = await connections.findById(connectionId);
        return connection ? [{ identityId: id, userId, subject, connection }] : [];
      }),
    );
    return targets.flat();
  };
}

/** Returns agreements in the form of issuance's port: the looks of the deployment and of apps name them, people accept them. */
export function createAgreementPort(
  agreements: Agreements,
  branding: Pick<Brandings, 'of'>,
  clock: Clock,
): IssuanceDeps['agreement'] {
  return {
    async pending(userId, clientId) {
      for (const app of [null, clientId]) {
        const { agreement, privacy } = (await branding.of(app ?? deploymentScope)).legal;
        if (agreement && !(await agreements.hasAccepted(userId, app, agreement.version)))
          return { ...agreement, privacy, app };
      }
      return undefined;
    },
    accept: (userId, { app, version }) => agreements.accept(userId, { app, version, at: clock.now() }),
  };
}
