import { type Fields, type PresentItem, type Section, sections } from './items.ts';
import type { Present } from './present.ts';

/** Returns the configuration as a document: ordered, without defaults, and with names in place of secrets. */
export function documentOf({ items, branding, admission, appBranding, order }: Present): Fields {
  const listed = (section: Section) =>
    items
      .filter((item) => item.section === section && !item.removed)
      .toSorted((one, other) => (one.key < other.key ? -1 : 1))
      .map((item) => {
        const looks = section === 'apps' ? appBranding.get(item.key) : undefined;
        return { ...withReferences(item), ...(looks && { branding: looks }) };
      });
  return {
    symbolon: 1,
    branding,
    app_admission: admission,
    ...Object.fromEntries(
      sections.flatMap((section) => [
        [section, listed(section)],
        ...(section === 'connections' ? [['order', order]] : []),
      ]),
    ),
  };
}

const inFront: Readonly<Record<Section, string>> = {
  apis: 'API',
  connections: 'CONNECTION',
  apps: 'APP',
  webhooks: 'WEBHOOK',
};

function withReferences({ section, key, fields, secrets }: PresentItem): Fields {
  const named = (name: string) => ({ env: `${inFront[section]}_${spelt(key)}_${spelt(name)}` });
  const options = Object.fromEntries(
    secrets
      .filter((name) => name.startsWith('options.'))
      .map((name) => [name.slice('options.'.length), named(name.slice('options.'.length))]),
  );
  const own = secrets.filter((name) => !name.startsWith('options.')).map((name) => [name, named(name)]);
  const merged = { ...(fields.options as Fields | undefined), ...options };
  return {
    ...fields,
    ...Object.fromEntries(own),
    ...(Object.keys(merged).length > 0 && { options: merged }),
  };
}

/** Returns a part of the name of an environment variable. */
function spelt(text: string): string {
  return text
    .replace(/^https?:\/\//, '')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')
    .slice(0, 60)
    .toUpperCase();
}
