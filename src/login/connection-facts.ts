import type { Connector } from '../connectors/contract/contract.ts';
import { addressFact, boundedFacts, changesBetween, type Detail, type Facts } from '../kit/events/changes.ts';
import { type Edit, remarksIn } from '../kit/versions.ts';
import type { Connection } from './build-connection.ts';
import type { ConnectionChangeInput } from './connection-input.ts';
import type { ConnectionChange } from './connection-store.ts';

type Settings = Pick<
  Connection,
  | 'scopes'
  | 'endpoints'
  | 'options'
  | 'enabled'
  | 'purpose'
  | 'displayName'
  | 'hidden'
  | 'position'
  | 'managedBy'
> & {
  readonly clientId: string;
};

/** Returns the settings as events name them. Secrets are left out, and so are the queries of addresses. */
function factsOf({ clientId, scopes, endpoints, options, enabled, purpose, ...looks }: Settings): Facts {
  const addresses = Object.entries(endpoints).map(([name, address]) => [name, addressFact(address)] as const);
  return {
    client_id: clientId,
    scopes,
    endpoints: Object.fromEntries(addresses),
    options,
    enabled,
    for: purpose,
    display_name: { en: looks.displayName?.en ?? null, zh: looks.displayName?.zh ?? null },
    hidden: looks.hidden,
    position: looks.position,
    managed_by: looks.managedBy,
  };
}

/** Returns the detail of `connection.created`. */
export function creationDetail(
  connector: Connector,
  settings: Settings,
  entered: Pick<ConnectionChangeInput, 'client_secret' | 'options'>,
): Detail {
  return {
    provider: connector.provider,
    ...boundedFacts(factsOf(settings)),
    secrets: secretsIn(connector, entered),
  };
}

/** Returns the detail of `connection.changed`: old and new values, and the names of secrets that were entered. */
export function changeDetail(
  { connector, registration, ...before }: Connection,
  changed: ConnectionChange & Edit,
  entered: ConnectionChangeInput,
): Detail {
  const settings = { ...before, clientId: registration.clientId };
  const { clientId, scopes, endpoints, options, enabled, purpose, displayName, position, managedBy } =
    changed;
  const after: Settings = {
    clientId: clientId ?? settings.clientId,
    scopes: scopes ?? settings.scopes,
    endpoints: (endpoints as Settings['endpoints'] | undefined) ?? settings.endpoints,
    options: (options as Settings['options'] | undefined) ?? settings.options,
    enabled: enabled ?? settings.enabled,
    purpose: purpose === undefined ? settings.purpose : purpose === 'linking' ? 'linking' : 'login',
    displayName: displayName === undefined ? settings.displayName : displayName,
    hidden: changed.hidden ?? settings.hidden,
    position: position === undefined ? settings.position : position,
    managedBy: managedBy === undefined ? settings.managedBy : managedBy,
  };
  return {
    fields: Object.keys(entered),
    changes: changesBetween(factsOf(settings), factsOf(after)),
    secrets: secretsIn(connector, entered),
    ...remarksIn(changed),
  };
}

function secretsIn(
  connector: Connector,
  { client_secret: clientSecret, options = {} }: Pick<ConnectionChangeInput, 'client_secret' | 'options'>,
): readonly string[] {
  const secretOptions = Object.keys(options).filter((name) => connector.options?.[name]?.secret);
  return [
    ...(clientSecret === undefined ? [] : ['client_secret']),
    ...secretOptions.map((name) => `options.${name}`),
  ];
}
