import { connectionOptionFaults } from '../../connectors/engine/authorize-parameters.ts';
import { missingEndpoints } from '../../connectors/engine/connection-traits.ts';
import { findConnector } from '../../connectors/registry.ts';
import { hasKeys } from '../../issuance/registry/app.ts';
import { appFaults } from '../../issuance/registry/app-faults.ts';
import type { Secret } from '../../kit/secret.ts';
import { endpointUrlFault } from '../../webhooks/endpoint-url.ts';
import { appChangesOf } from '../app-changes.ts';
import type { ConfigurationDocument } from './document.ts';
import { defaults, type Fields, type PresentItem } from './items.ts';
import type { Present } from './present.ts';
import type { WantedItem } from './wanted.ts';

/** A fault in the document, with its place. */
export interface Fault {
  readonly path: string;
  readonly message: string;
}

export interface Checked {
  readonly document: ConfigurationDocument;
  readonly wanted: readonly WantedItem[];
  readonly present: Present;
  readonly allowedPrivateHosts: readonly string[];
  /** The tool that applies the document. */
  readonly managedBy: string;
  /** False: the name is that of the file. */
  readonly isChosen: boolean;
  /** Items that another tool keeps are taken over. */
  readonly takeOver: boolean;
}

/** Returns everything for which a change would be refused, so that nothing is written by halves. */
export function faultsIn(checked: Checked): readonly Fault[] {
  const { wanted, present, document } = checked;
  const ofSection = (section: WantedItem['section']) => [
    ...[...wanted, ...present.items.filter(({ removed }) => !removed)].filter(
      (item) => item.section === section,
    ),
  ];
  const known = {
    connections: new Set(ofSection('connections').map(({ key }) => key)),
    apis: new Set([...ofSection('apis').map(({ key }) => key), ...present.identifiers]),
    apps: new Set(ofSection('apps').map(({ key }) => key)),
  };
  const unknown = (path: string, names: unknown, among: keyof typeof known): readonly Fault[] =>
    ((names as readonly string[] | null | undefined) ?? []).flatMap((name, index) =>
      known[among].has(name)
        ? []
        : [
            {
              path: `${path}[${index}]`,
              message: `there is no ${among.slice(0, -1)} ${JSON.stringify(name)}`,
            },
          ],
    );
  const references = (item: WantedItem): readonly Fault[] => {
    if (item.section !== 'apps' && item.section !== 'apis') return [];
    const { connections, sign_in_connections, apis, introspects, client } = item.fields;
    const lines = (connections as readonly Fields[] | undefined)?.map(({ connection }) => String(connection));
    const policy = unknown(`${item.path}.connections`, lines, 'connections');
    if (item.section === 'apis') {
      const isKnown = client === undefined || client === null || known.apps.has(String(client));
      const message = `there is no app ${JSON.stringify(client)}`;
      return [...policy, ...(isKnown ? [] : [{ path: `${item.path}.client`, message }])];
    }
    return [
      ...policy,
      ...unknown(`${item.path}.sign_in_connections`, sign_in_connections, 'connections'),
      ...unknown(`${item.path}.apis`, apis, 'apis'),
      ...unknown(`${item.path}.introspects`, introspects, 'apis'),
    ];
  };
  return [
    ...anothersName(checked),
    ...twice(wanted),
    ...wanted.flatMap((item) => [
      ...references(item),
      ...ownFaults(item, present.items.find(isSame(item)), checked),
    ]),
    ...unknown('order', document.order, 'connections'),
    ...orderFaults(checked),
  ];
}

export function isSame({ section, key }: Pick<WantedItem, 'section' | 'key'>) {
  return (item: Pick<PresentItem, 'section' | 'key'>) => item.section === section && item.key === key;
}

/** Two files of one name would remove each other's items. */
function anothersName({ wanted, present, managedBy, isChosen }: Checked): readonly Fault[] {
  const kept = present.items.filter((item) => item.managedBy === managedBy && !item.removed);
  const [example] = kept;
  if (isChosen || !example || wanted.length === 0) return [];
  if (wanted.some((item) => kept.some(isSame(item)))) return [];
  const message =
    `is missing: ${managedBy} already keeps other items, such as ${example.key}, and none of this file. ` +
    `Give the file a name of its own; or, if those were its items, --managed-by ${managedBy}`;
  return [{ path: 'name', message }];
}

function twice(wanted: readonly WantedItem[]): readonly Fault[] {
  return wanted.flatMap((item, index) => {
    const first = wanted.slice(0, index).find(isSame(item));
    return first ? [{ path: item.path, message: `is the same as ${first.path}: ${item.key}` }] : [];
  });
}

/** A connection that the document does not name may have a place, and a tool. */
function orderFaults({ document, present, wanted, managedBy, takeOver }: Checked): readonly Fault[] {
  const { order } = document;
  if (order === undefined || takeOver) return [];
  const others = present.items.filter(
    (one) => one.section === 'connections' && !wanted.some(({ key }) => key === one.key),
  );
  return others
    .filter((one) => one.managedBy !== null && one.managedBy !== managedBy)
    .filter(({ key }) => order.indexOf(key) !== present.order.indexOf(key))
    .map(({ key, managedBy: keeper }) => ({
      path: 'order',
      message: `moves ${key}, which is kept by ${keeper}; --take-over changes it nevertheless`,
    }));
}

function ownFaults(
  item: WantedItem,
  before: PresentItem | undefined,
  { managedBy, takeOver, allowedPrivateHosts }: Checked,
): readonly Fault[] {
  const { path, fields, section, secrets } = item;
  const faults: Fault[] = [];
  const add = (at: string, message: string) => faults.push({ path: at ? `${path}.${at}` : path, message });
  const keeper = before?.managedBy ?? null;
  if (keeper !== null && keeper !== managedBy && !takeOver)
    add('', `is kept by ${keeper}; --take-over changes it nevertheless`);
  const fixed = section === 'connections' ? 'provider' : 'type';
  const was = before && (before.fields[fixed] ?? defaults[section][fixed]);
  if (was !== undefined && was !== (fields[fixed] ?? defaults[section][fixed]))
    add(fixed, `is ${String(was)} and cannot change; choose another name, or remove it first`);
  for (const [name, secret] of secrets) {
    const fault = secretFault(section, name, secret);
    if (fault) add(name, fault);
  }
  if (section === 'apps') faults.push(...appFaultsIn(item, before));
  if (section === 'connections') faults.push(...connectionFaults(item, before));
  if (section === 'webhooks') {
    const fault = endpointUrlFault(String(fields.url), allowedPrivateHosts);
    if (fault) add('url', fault);
  }
  return faults;
}

function secretFault(section: WantedItem['section'], name: string, secret: Secret): string | undefined {
  const text = secret.reveal();
  if (section === 'webhooks')
    return /^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/.test(text)
      ? undefined
      : 'must be whsec_ and 24 to 64 bytes in base64';
  if (name.startsWith('options.') || section === 'connections') return undefined;
  return /^[\x21-\x7e]{32,256}$/.test(text) ? undefined : 'must be 32 to 256 visible ASCII characters';
}

function appFaultsIn(
  { path, fields, secrets }: WantedItem,
  before: PresentItem | undefined,
): readonly Fault[] {
  const full = { ...defaults.apps, ...fields } as unknown as Parameters<typeof appChangesOf>[0];
  const changes = appChangesOf(full);
  const type = String(fields.type ?? 'web') as 'web' | 'spa' | 'native' | 'service';
  const stored = before && {
    redirectUris: (before.fields.redirect_uris as readonly string[] | undefined) ?? [],
    postLogoutRedirectUris: (before.fields.post_logout_redirect_uris as readonly string[] | undefined) ?? [],
  };
  const { redirectUris = [], postLogoutRedirectUris = [], pkceRequired = true } = changes;
  const app = {
    type,
    redirectUris,
    postLogoutRedirectUris,
    pkceRequired,
    jwks: (fields.jwks ?? null) as null,
    jwksUri: changes.jwksUri ?? null,
    deviceFlow: fields.device_flow === true,
    backchannelTokenDeliveryMode: changes.backchannelTokenDeliveryMode ?? null,
    backchannelClientNotificationEndpoint: changes.backchannelClientNotificationEndpoint ?? null,
    requireSignedRequestObject: fields.require_signed_request_object === true,
    firstParty: false,
    registration: null,
  };
  const found = appFaults(app, stored).map(({ field, fault }) => {
    const uris = field === 'redirectUris' || field === 'postLogoutRedirectUris' ? app[field] : [];
    const index = uris.findIndex((uri) => fault.startsWith(JSON.stringify(uri.slice(0, 200))));
    const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    return { path: `${path}.${name}${index < 0 ? '' : `[${index}]`}`, message: fault };
  });
  const confidential = type === 'web' || type === 'service';
  if (!before && confidential && !hasKeys(app) && !secrets.has('client_secret'))
    found.push({
      path: `${path}.client_secret`,
      message:
        'is missing: a new app of this type needs one, as {env: NAME} or {file: PATH}, jwks or jwks_uri',
    });
  if (secrets.has('client_secret') && (!confidential || hasKeys(app)))
    found.push({ path: `${path}.client_secret`, message: 'is not for an app without a secret' });
  return found;
}

function connectionFaults(
  { path, fields, secrets }: WantedItem,
  before: PresentItem | undefined,
): readonly Fault[] {
  const connector = findConnector(String(fields.provider));
  if (!connector) return [];
  const declared = connector.options ?? {};
  const plain = Object.keys((fields.options as Fields | undefined) ?? {});
  const bare = plain
    .filter((name) => declared[name]?.secret)
    .map((name) => ({
      path: `${path}.options.${name}`,
      message: 'is a secret: give it as {env: NAME} or {file: PATH}',
    }));
  if (bare.length > 0) return bare;
  const given = Object.fromEntries(
    [...secrets]
      .filter(([name]) => name.startsWith('options.'))
      .map(([name, secret]) => [name.slice('options.'.length), secret.reveal()]),
  );
  const held = (before?.secrets ?? []).map((name) => `Option ${name.slice('options.'.length)} is needed:`);
  const entered = { ...(fields.options as Record<string, string> | undefined), ...given };
  const faults = connectionOptionFaults(connector, entered)
    .filter((fault) => !held.some((start) => fault.startsWith(start)))
    .map((message) => ({ path: `${path}.options`, message }));
  const endpoints = (fields.endpoints as Record<string, string> | undefined) ?? {};
  const discovered = connector.discovers && endpoints.issuer !== undefined;
  if (!discovered)
    for (const name of missingEndpoints(connector, endpoints))
      faults.push({ path: `${path}.endpoints.${name}`, message: 'is needed by this provider' });
  return faults;
}
