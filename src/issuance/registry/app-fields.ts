import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { hashOf } from '../../kit/ids.ts';
import type { Secret } from '../../kit/secret.ts';
import { endpointUrlFault } from '../../webhooks/endpoint-url.ts';
import type { Connections } from '../ports.ts';
import { type App, type AppChanges, appChanges, type NewApp, newApp } from './app.ts';
import { appFaults } from './app-faults.ts';
import type { AppFields, StoredApp, StoredAppConnection } from './app-store.ts';
import { invalidField, parseInput } from './input.ts';

/** Converts apps between the admin API's form, with aliases of connections, and the table's, with their ids. */
export interface AppFieldMapper {
  /** @throws Problem 422 naming the field. */
  fieldsOfNew(id: string, app: NewApp, secret: Secret | undefined): Promise<AppFields>;
  /** @throws Problem 422 naming the field. */
  fieldsOfChanged(before: StoredApp, changes: AppChanges): Promise<AppFields>;
  /** Returns the app in the admin API's form. A policy line whose connection was removed is left out. */
  appOf(app: StoredApp): Promise<App>;
}

/** The settings of a new app that names none. Null stands for the API's own format and lifetime. */
export const defaults = {
  enabled: true,
  firstParty: false,
  pkceRequired: true,
  redirectUris: [],
  postLogoutRedirectUris: [],
  backchannelLogoutUri: null,
  homepage: null,
  jwks: null,
  jwksUri: null,
  deviceFlow: false,
  backchannelTokenDeliveryMode: null,
  backchannelClientNotificationEndpoint: null,
  requirePushedAuthorizationRequests: false,
  requireSignedRequestObject: false,
  authorizationDetailsTypes: [],
  apis: [],
  introspects: [],
  accessTokenFormat: null,
  accessTokenLifetime: null,
  tokenBinding: 'none',
  backgroundBinding: 'none',
  defaultScope: null,
  signInConnections: null,
  displayName: null,
  about: null,
  managedBy: null,
  registration: null,
  domain: null,
  documentChangedAt: null,
} as const;

/** The fields with an address that the broker itself calls. */
const calledAddresses = ['backchannelLogoutUri', 'jwksUri', 'backchannelClientNotificationEndpoint'] as const;

export function createAppFields(
  connections: Connections,
  allowedPrivateHosts: readonly string[],
): AppFieldMapper {
  const checked = (fields: AppFields, stored?: StoredApp): AppFields => {
    const faultsOfAddresses = calledAddresses.flatMap((field) => {
      const uri = fields[field];
      const isNew = uri !== null && uri !== stored?.[field];
      const fault = isNew ? endpointUrlFault(uri, allowedPrivateHosts) : undefined;
      return fault ? [{ field, fault }] : [];
    });
    const [first] = [...appFaults(fields, stored), ...faultsOfAddresses];
    if (first) throw invalidField(first.field, first.fault);
    return fields;
  };
  const policyOf = async (lines: readonly Line[]): Promise<readonly StoredAppConnection[]> => {
    const stored = lines.map(async ({ connection, ...line }, index) => {
      const connectionId = await connections.connectionIdOf(connection);
      const path = `connections.${index}.connection`;
      if (connectionId !== undefined) return { connectionId, ...line };
      throw invalidField(path, `there is no connection ${JSON.stringify(connection)}`);
    });
    return await Promise.all(stored);
  };

  const requireKnown = async (aliases: readonly string[] | null | undefined) => {
    for (const [index, alias] of (aliases ?? []).entries())
      if ((await connections.connectionIdOf(alias)) === undefined)
        throw invalidField(`signInConnections.${index}`, `there is no connection ${JSON.stringify(alias)}`);
  };

  return {
    async fieldsOfNew(id, app, secret) {
      const given = parseInput(newApp, app);
      await requireKnown(given.signInConnections);
      const { type } = given;
      const policy = await policyOf(given.connections ?? []);
      const secretHash = secret ? hashOf(secret.reveal()) : null;
      return checked({
        ...overlay({ ...defaults, name: given.name }, given),
        id,
        type,
        secretHash,
        connections: policy,
      });
    },
    async fieldsOfChanged(before, changes) {
      const given = parseInput(appChanges, changes);
      for (const field of ofDescription)
        if (
          before.registration !== null &&
          given[field] !== undefined &&
          !isDeepStrictEqual(given[field], before[field])
        )
          throw invalidField(field, 'is what the app says of itself');
      await requireKnown(given.signInConnections);
      const { id, type, secretHash } = before;
      const policy = given.connections ? await policyOf(given.connections) : before.connections;
      return checked({ ...overlay(before, given), id, type, secretHash, connections: policy }, before);
    },
    async appOf({ secretHash: _secret, connections: lines, ...app }) {
      const named = lines.map(async ({ connectionId, ...line }) => {
        const connection = await connections.aliasOf(connectionId);
        return connection === undefined ? [] : [{ connection, ...line }];
      });
      // A removed connection is no way to sign in any more.
      const known = app.signInConnections && new Set((await connections.known()).map(({ alias }) => alias));
      return {
        ...app,
        signInConnections: app.signInConnections?.filter((alias) => known?.has(alias)) ?? null,
        connections: (await Promise.all(named)).flat(),
      };
    },
  };
}

/** The fields that an app which registered itself states. */
const ofDescription = ['name', 'redirectUris', 'jwks', 'jwksUri', 'pkceRequired'] as const;

type Line = NonNullable<z.output<typeof appChanges>['connections']>[number];
type Overlaid = Omit<AppFields, 'id' | 'type' | 'secretHash' | 'connections'>;

/** Returns the fields with the given changes. An absent field stays; null is a value. */
function overlay(before: Overlaid, given: z.output<typeof appChanges>): Overlaid {
  const { homepage, jwks, accessTokenFormat: format, accessTokenLifetime: lifetime } = given;
  const { backchannelLogoutUri: logoutUri, defaultScope: scope, displayName, about } = given;
  const { signInConnections: ways } = given;
  const { backchannelTokenDeliveryMode: mode, backchannelClientNotificationEndpoint: endpoint } = given;
  return {
    name: given.name ?? before.name,
    enabled: given.enabled ?? before.enabled,
    firstParty: given.firstParty ?? before.firstParty,
    pkceRequired: given.pkceRequired ?? before.pkceRequired,
    redirectUris: given.redirectUris ?? before.redirectUris,
    postLogoutRedirectUris: given.postLogoutRedirectUris ?? before.postLogoutRedirectUris,
    apis: given.apis ?? before.apis,
    introspects: given.introspects ?? before.introspects,
    backchannelLogoutUri: logoutUri === undefined ? before.backchannelLogoutUri : logoutUri,
    homepage: homepage === undefined ? before.homepage : homepage,
    jwks: jwks === undefined ? before.jwks : jwks,
    jwksUri: given.jwksUri === undefined ? before.jwksUri : given.jwksUri,
    deviceFlow: given.deviceFlow ?? before.deviceFlow,
    backchannelTokenDeliveryMode: mode === undefined ? before.backchannelTokenDeliveryMode : mode,
    backchannelClientNotificationEndpoint:
      endpoint === undefined ? before.backchannelClientNotificationEndpoint : endpoint,
    requirePushedAuthorizationRequests:
      given.requirePushedAuthorizationRequests ?? before.requirePushedAuthorizationRequests,
    requireSignedRequestObject: given.requireSignedRequestObject ?? before.requireSignedRequestObject,
    authorizationDetailsTypes: given.authorizationDetailsTypes ?? before.authorizationDetailsTypes,
    accessTokenFormat: format === undefined ? before.accessTokenFormat : format,
    accessTokenLifetime: lifetime === undefined ? before.accessTokenLifetime : lifetime,
    tokenBinding: given.tokenBinding ?? before.tokenBinding,
    backgroundBinding: given.backgroundBinding ?? before.backgroundBinding,
    defaultScope: scope === undefined ? before.defaultScope : scope,
    signInConnections: ways === undefined ? before.signInConnections : ways,
    displayName: displayName === undefined ? before.displayName : displayName,
    about: about === undefined ? before.about : about,
    managedBy: before.managedBy,
    registration: before.registration,
    domain: before.domain,
    documentChangedAt: before.documentChangedAt,
  };
}
