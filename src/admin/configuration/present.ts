import { deploymentScope } from '../../http/branding.ts';
import { type App, hasKeys, isConfidential } from '../../issuance/registry/app.ts';
import { hashOf } from '../../kit/ids.ts';
import { urlOf } from '../../kit/picture.ts';
import { inOrder } from '../../login/connection-order.ts';
import type { Connection } from '../../login/connections.ts';
import { describeApi } from '../api-shapes.ts';
import { describeRules } from '../app-admission.ts';
import { describeApp } from '../app-shapes.ts';
import { described } from '../branding.ts';
import type { AdminDeps } from '../ports.ts';
import { ownApps } from './document.ts';
import {
  admissionFields,
  brandingFields,
  type Fields,
  fieldsWithPolicy,
  type PresentItem,
  webhookFields,
  withoutDefaults,
} from './items.ts';

/** The configuration as it is stored. The broker's own apps and APIs are left out: each start writes them. */
export interface Present {
  readonly items: readonly PresentItem[];
  readonly branding: Fields;
  /** The rules for apps that register themselves. */
  readonly admission: Fields;
  /** The looks of apps that have any, by client id. */
  readonly appBranding: ReadonlyMap<string, Fields>;
  /** The aliases of the connections that have a place. */
  readonly order: readonly string[];
  /** The identifiers of all APIs, the broker's own ones included. */
  readonly identifiers: ReadonlySet<string>;
}

export type PresentDeps = Pick<AdminDeps, 'connections' | 'branding' | 'webhooks' | 'issuer'> & {
  readonly issuance: Pick<AdminDeps['issuance'], 'apps' | 'apis' | 'admission'>;
};

const page = 200;

export async function readPresent(deps: PresentDeps): Promise<Present> {
  const { connections, issuance, webhooks, issuer } = deps;
  connections.clearCache();
  const all = await connections.all();
  const apis = await every((after) => issuance.apis.list({ limit: page, cursor: after }));
  const apps = await every((after) => issuance.apps.list({ limit: page, cursor: after }));
  const removed = await every((after) => issuance.apps.list({ limit: page, cursor: after, removed: true }));
  const endpoints = await every((after) => webhooks.list(page, after));
  // An app that registered itself is no configuration: the rules let it in.
  const shown = [...apps, ...removed].filter(
    ({ id, registration }) => registration === null && !ownApps.includes(id),
  );
  const looks = await Promise.all(shown.map(async ({ id }) => [id, await brandingOf(deps, id)] as const));
  const seen = new Map<string, number>();
  return {
    items: [
      ...apis
        .filter(({ identifier }) => !identifier.startsWith(`${issuer}/`))
        .map((api): PresentItem => {
          const { id, has_secret, version, managed_by, created_at, ...fields } = describeApi(api);
          return {
            section: 'apis',
            key: api.identifier,
            id,
            fields: fieldsWithPolicy('apis', fields),
            managedBy: api.managedBy,
            secrets: has_secret ? ['secret'] : [],
            holds: async (_name, secret) =>
              (await issuance.apis.asClient(id))?.secretHash === hashOf(secret.reveal()),
          };
        }),
      ...(await Promise.all(all.map((connection) => connectionItem(deps, connection)))),
      ...shown.map((app) => appItem(deps, app)),
      ...endpoints.map(({ id, url, description, events, enabled, managedBy }): PresentItem => {
        const nth = (seen.get(url) ?? 0) + 1;
        seen.set(url, nth);
        return {
          section: 'webhooks',
          key: webhookKey(url, nth),
          id,
          fields: webhookFields({ url, description, events, enabled }),
          managedBy,
          secrets: ['secret'],
          holds: (_name, secret) => webhooks.signsWith(id, secret),
        };
      }),
    ],
    branding: await brandingOf(deps, deploymentScope),
    admission: admissionFields(describeRules(await issuance.admission.rulesNow())),
    appBranding: new Map(looks.filter(([, fields]) => Object.keys(fields).length > 0)),
    order: inOrder(all.filter(({ position }) => position !== null)).map(({ alias }) => alias),
    identifiers: new Set(apis.map(({ identifier }) => identifier)),
  };
}

/** Several endpoints may have one address. They are told apart by the order in which they were made. */
export function webhookKey(url: string, nth: number): string {
  return nth === 1 ? url : `${url} (${nth})`;
}

async function brandingOf({ branding }: PresentDeps, scope: string): Promise<Fields> {
  const { version: _, ...looks } = await described(branding, scope);
  return brandingFields(looks);
}

async function connectionItem({ connections }: PresentDeps, connection: Connection): Promise<PresentItem> {
  const { id, alias, connector, registration, scopes, endpoints, options, managedBy } = connection;
  const { clientSecret, secrets } = registration;
  const logo = connection.hasLogo ? await connections.logoOf(alias) : undefined;
  const held = new Map(Object.entries(secrets).map(([name, secret]) => [`options.${name}`, secret]));
  if (clientSecret) held.set('client_secret', clientSecret);
  return {
    section: 'connections',
    key: alias,
    id,
    fields: withoutDefaults('connections', {
      alias,
      provider: connector.provider,
      client_id: registration.clientId,
      scopes,
      endpoints,
      options,
      enabled: connection.enabled,
      for: connection.purpose,
      display_name: connection.displayName,
      hidden: connection.hidden,
      logo: logo ? urlOf(logo) : null,
      api_description: (connection.hasApiDescription && (await connections.apiDescriptionOf(id))) || null,
    }),
    managedBy,
    secrets: [...held.keys()],
    holds: async (name, secret) => held.get(name)?.equals(secret.reveal()) ?? false,
    ...(connector.discovers && { discovers: true }),
  };
}

function appItem({ issuance }: PresentDeps, app: App): PresentItem {
  const { version, managed_by, removed_at, created_at, updated_at, ...rest } = describeApp(app);
  const { registration, domain, document_read_at, document_changed_at, last_used_at, ...fields } = rest;
  const hasSecret = isConfidential(app.type) && !hasKeys(app);
  return {
    section: 'apps',
    key: app.id,
    id: app.id,
    fields: fieldsWithPolicy('apps', fields),
    managedBy: app.managedBy,
    secrets: hasSecret ? ['client_secret'] : [],
    holds: (_name, secret) => issuance.apps.hasSecret(app.id, secret),
    ...(app.removedAt && { removed: true }),
  };
}

async function every<One extends { readonly id: string }>(
  read: (after: string | undefined) => Promise<readonly One[]>,
): Promise<readonly One[]> {
  const found: One[] = [];
  for (;;) {
    const next = await read(found.at(-1)?.id);
    found.push(...next);
    if (next.length < page) return found;
  }
}
