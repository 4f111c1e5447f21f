import { isDeepStrictEqual } from 'node:util';
import type { Secret } from '../../kit/secret.ts';
import { usualEventTypes } from '../../webhooks/public-events.ts';
import { admissionBody } from '../app-admission.ts';

export const sections = ['apis', 'connections', 'apps', 'webhooks'] as const;
export type Section = (typeof sections)[number];

export type Fields = Readonly<Record<string, unknown>>;

/** An item of the configuration as it is stored. */
export interface PresentItem {
  readonly section: Section;
  /** What names it in the document: an alias, an identifier, a client id, an address. */
  readonly key: string;
  /** What names it in the paths of the API. */
  readonly id: string;
  readonly fields: Fields;
  readonly managedBy: string | null;
  /** The names of its secrets, e.g. `client_secret` or `options.private_key`. */
  readonly secrets: readonly string[];
  /** Returns whether it has this secret. */
  holds(name: string, secret: Secret): Promise<boolean>;
  /** It was removed, and can be restored. */
  readonly removed?: true;
  /** Endpoints and options that the document leaves out were read from the provider's metadata. */
  readonly discovers?: true;
}

/** The values of fields that are left out. */
export const defaults: Readonly<Record<Section | 'policy', Fields>> = {
  apis: {
    scopes: [],
    access_token_format: 'jwt',
    signing_alg: 'RS256',
    access_token_lifetime: 3600,
    browser_access_token_lifetime: null,
    first_party_skips_consent: true,
    token_binding: 'none',
    client: null,
    connections: [],
    clients: 'listed',
  },
  connections: {
    scopes: [],
    endpoints: {},
    options: {},
    enabled: true,
    for: 'login',
    display_name: null,
    hidden: false,
    logo: null,
    api_description: null,
  },
  apps: {
    type: 'web',
    enabled: true,
    first_party: false,
    pkce_required: true,
    redirect_uris: [],
    post_logout_redirect_uris: [],
    backchannel_logout_uri: null,
    homepage: null,
    connections: [],
    jwks: null,
    jwks_uri: null,
    device_flow: false,
    backchannel_token_delivery_mode: null,
    backchannel_client_notification_endpoint: null,
    require_pushed_authorization_requests: false,
    require_signed_request_object: false,
    authorization_details_types: [],
    apis: [],
    introspects: [],
    access_token_format: null,
    access_token_lifetime: null,
    token_binding: 'none',
    background_binding: 'none',
    default_scope: null,
    sign_in_connections: null,
    display_name: null,
    about: null,
  },
  webhooks: { description: null, enabled: true, events: usualEventTypes.toSorted() },
  policy: {
    scopes: [],
    background: false,
    consent: 'required',
    handout: true,
    proxy: [],
    proxy_headers: [],
    rate: null,
  },
};

/** Returns the fields without those that have their default, so that equal items look the same. */
export function withoutDefaults(section: keyof typeof defaults, fields: Fields): Fields {
  const usual = defaults[section];
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([name, value]) =>
        value !== undefined && !(Object.hasOwn(usual, name) && isDeepStrictEqual(value, usual[name])),
    ),
  );
}

/** Returns the fields of an app or an API in their one form: the policy by alias, and without defaults. */
export function fieldsWithPolicy(section: 'apps' | 'apis', { connections, ...fields }: Fields): Fields {
  const lines = (connections as readonly Fields[] | undefined) ?? [];
  const policy = lines
    .map((line) => withoutDefaults('policy', line))
    .toSorted((one, other) => (String(one.connection) < String(other.connection) ? -1 : 1));
  return withoutDefaults(section, { ...fields, connections: policy });
}

export function webhookFields({ events, ...fields }: Fields): Fields {
  const types = (events as readonly string[] | undefined)?.toSorted();
  return withoutDefaults('webhooks', { ...fields, events: types });
}

/** Returns the rules for apps that register themselves, without those that have their usual value. */
export function admissionFields({ version: _, ...fields }: Fields): Fields {
  const usual = admissionBody.parse({});
  return Object.fromEntries(
    Object.entries(fields).filter(([name, value]) => !isDeepStrictEqual(value, Reflect.get(usual, name))),
  );
}

/** Returns looks without the members that are null. */
export function brandingFields({ legal, ...fields }: Fields): Fields {
  const links = Object.entries((legal as Fields | undefined) ?? {}).filter(([, value]) => value !== null);
  const shown = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return { ...Object.fromEntries(shown), ...(links.length > 0 && { legal: Object.fromEntries(links) }) };
}

/** Returns the names of the fields that differ. */
export function differing(wanted: Fields, present: Fields): readonly string[] {
  const names = [...new Set([...Object.keys(wanted), ...Object.keys(present)])];
  return names.filter((name) => !isDeepStrictEqual(plain(wanted[name]), plain(present[name])));
}

/** An optional member that is undefined is the same as none. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}
