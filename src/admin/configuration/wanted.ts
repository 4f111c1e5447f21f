import type { Secret } from '../../kit/secret.ts';
import type { ConfigurationDocument, SecretReference } from './document.ts';
import {
  brandingFields,
  type Fields,
  fieldsWithPolicy,
  type Section,
  webhookFields,
  withoutDefaults,
} from './items.ts';
import { webhookKey } from './present.ts';

/** An item as the document wants it. */
export interface WantedItem {
  readonly section: Section;
  readonly key: string;
  /** Its place in the document, e.g. `apps[2]`. */
  readonly path: string;
  readonly fields: Fields;
  readonly secrets: ReadonlyMap<string, Secret>;
  readonly branding?: Fields | undefined;
}

/** Reads a secret. Undefined: it is not given, and the stored one stays. */
export type ResolveSecret = (reference: SecretReference, path: string) => Promise<Secret | undefined>;

/** Returns the items of the document, with their secrets. */
export async function wantedItems(
  document: ConfigurationDocument,
  resolve: ResolveSecret,
): Promise<readonly WantedItem[]> {
  async function resolved(path: string, named: Readonly<Record<string, SecretReference | undefined>>) {
    const secrets = new Map<string, Secret>();
    for (const [name, reference] of Object.entries(named)) {
      const secret = reference && (await resolve(reference, `${path}.${name}`));
      if (secret) secrets.set(name, secret);
    }
    return secrets;
  }

  const items: WantedItem[] = [];
  for (const [index, { secret, ...api }] of (document.apis ?? []).entries()) {
    const path = `apis[${index}]`;
    items.push({
      section: 'apis',
      key: api.identifier,
      path,
      fields: fieldsWithPolicy('apis', api),
      secrets: await resolved(path, { secret }),
    });
  }
  for (const [index, { client_secret, options = {}, ...connection }] of (
    document.connections ?? []
  ).entries()) {
    const path = `connections[${index}]`;
    const entries = Object.entries(options);
    const plain = entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const secret = entries.flatMap(([name, value]) =>
      typeof value === 'string' ? [] : [[`options.${name}`, value] as const],
    );
    items.push({
      section: 'connections',
      key: connection.alias,
      path,
      fields: withoutDefaults('connections', { ...connection, options: Object.fromEntries(plain) }),
      secrets: await resolved(path, { client_secret, ...Object.fromEntries(secret) }),
    });
  }
  for (const [index, { client_secret, branding, ...app }] of (document.apps ?? []).entries()) {
    const path = `apps[${index}]`;
    items.push({
      section: 'apps',
      key: app.client_id,
      path,
      fields: fieldsWithPolicy('apps', app),
      secrets: await resolved(path, { client_secret }),
      branding: branding && brandingFields(branding),
    });
  }
  const seen = new Map<string, number>();
  for (const [index, { secret, ...webhook }] of (document.webhooks ?? []).entries()) {
    const path = `webhooks[${index}]`;
    const nth = (seen.get(webhook.url) ?? 0) + 1;
    seen.set(webhook.url, nth);
    items.push({
      section: 'webhooks',
      key: webhookKey(webhook.url, nth),
      path,
      fields: webhookFields(webhook),
      secrets: await resolved(path, { secret }),
    });
  }
  return items;
}
