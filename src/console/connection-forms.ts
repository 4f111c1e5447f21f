import type { OptionTrait } from '../connectors/contract/options.ts';
import { findConnector } from '../connectors/registry.ts';
import type { Connection } from './answers.ts';
import { connectionTexts as texts } from './connection-texts.ts';
import type { EditForm, Field } from './edit-declaration.ts';
import { editTexts } from './edit-texts.ts';
import type { Visit } from './visit.ts';

const base = (visit: Visit, item: Connection) => ({
  operation: 'PATCH /connections/{connection}',
  params: { connection: item.id },
  item,
  button: editTexts.save,
  reread: () => visit.read<Connection>('GET /connections/{connection}', { params: { connection: item.id } }),
});

/** The client id and the secret, as a step of the setup. */
export function credentialsForm(visit: Visit, item: Connection): EditForm {
  const secretHint = item.has_client_secret ? texts.secretSet : texts.secretNone;
  return {
    ...base(visit, item),
    fields: [
      { name: 'client_id', label: texts.clientId, kind: 'text', required: true },
      { name: 'client_secret', label: texts.clientSecret, kind: 'secret', hint: secretHint },
    ],
  };
}

export const looksFields: readonly Field[] = [
  { name: 'display_name.en', label: texts.nameEn, kind: 'text', hint: texts.nameHint },
  { name: 'display_name.zh', label: texts.nameZh, kind: 'text' },
  {
    name: 'for',
    label: texts.purpose,
    kind: 'choice',
    required: true,
    options: [
      { value: 'login', text: texts.login },
      { value: 'linking', text: texts.linking },
    ],
  },
  { name: 'scopes', label: texts.scopes, kind: 'words', hint: texts.scopesHint },
  { name: 'position', label: texts.position, kind: 'number', hint: texts.positionHint },
  { name: 'hidden', label: texts.hide, kind: 'switch' },
];

export function settingsForm(visit: Visit, item: Connection): EditForm {
  const logo: Field = { name: 'logo', label: texts.logo, kind: 'picture', hint: texts.logoHint };
  return { ...base(visit, item), fields: [...looksFields, logo] };
}

/** Returns the fields of a provider's own options. Of a secret one only its presence is known. */
export function optionFields(visit: Visit, provider: string, item?: Connection): readonly Field[] {
  const traits = Object.entries(findConnector(provider)?.options ?? {});
  return traits.map(([name, trait]) => {
    const isSet = item?.secret_options.includes(name);
    const field = { name: `options.${name}`, label: name, hint: hintOf(visit, trait, isSet) };
    if (trait.secret) return { ...field, kind: 'secret', required: trait.required && !isSet };
    const options = trait.values?.map((value) => ({ value, text: value }));
    return options
      ? { ...field, kind: 'choice', options, required: trait.required }
      : { ...field, kind: 'text', required: trait.required };
  });
}

function hintOf({ say }: Visit, { about, default: usual }: OptionTrait, isSet = false): string {
  return [
    about,
    usual !== undefined && say(texts.optionDefault, { value: usual }),
    isSet && say(texts.optionSet),
  ]
    .filter(Boolean)
    .join(' ');
}

export function optionsForm(visit: Visit, item: Connection): EditForm {
  return {
    ...base(visit, item),
    objects: { options: 'changed' },
    fields: [...optionFields(visit, item.provider, item), ...moving],
    reason: texts.reason,
    about:
      Object.keys(findConnector(item.provider)?.options ?? {}).length === 0 ? texts.noOptions : undefined,
  };
}

/** Options can decide endpoints, so that they may need the same as endpoints do. */
const moving: readonly Field[] = [
  { name: 'client_secret', label: texts.clientSecret, kind: 'secret', hint: texts.presentSecret },
  { name: 'move_identities', label: texts.move, kind: 'decision' },
];

const endpointNames = [
  'issuer',
  'authorization',
  'token',
  'refresh',
  'userinfo',
  'revocation',
  'jwks',
  'api',
];

export function endpointFields(provider: string, names: readonly string[] = endpointNames): readonly Field[] {
  const needed: readonly string[] = findConnector(provider)?.perConnection ?? [];
  return names.map((name) => ({
    name: `endpoints.${name}`,
    label: name,
    kind: 'text',
    hint: needed.includes(name) ? texts.ownAddress : undefined,
  }));
}

export function endpointsForm(visit: Visit, item: Connection): EditForm {
  return {
    ...base(visit, item),
    about: texts.endpointsWhat,
    objects: { endpoints: 'all' },
    fields: [...endpointFields(item.provider), ...moving],
    reason: texts.reason,
  };
}
