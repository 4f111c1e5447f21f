import { signingAlgs } from '../issuance/registry/signing-alg.ts';
import { html } from '../kit/html.ts';
import type { Api } from './answers.ts';
import { flowTexts } from './app-flow-texts.ts';
import { formats } from './app-forms.ts';
import { bindingField } from './binding-field.ts';
import type { Field } from './edit-declaration.ts';
import { fieldInput } from './edit-fields.ts';
import { hookTexts as texts } from './hook-texts.ts';

/** A scope is an object in the API, and a line in the form. */
export const scopesField: Field = {
  name: 'scopes',
  label: texts.scopes,
  kind: 'lines',
  custom: {
    input(value, visit) {
      const scopes = (value ?? []) as Api['scopes'];
      const lines = scopes.map(({ name, description }) => `${name} ${description}`);
      const optional = scopes.filter((scope) => scope.optional).map(({ name }) => name);
      const named = { name: 'scopes', label: texts.scopes, kind: 'lines' } as const;
      const left = { name: 'scopes.optional', label: texts.optional, kind: 'words' } as const;
      return html`${fieldInput(visit, named, { value: lines, fault: undefined })}
${fieldInput(visit, left, { value: optional, fault: undefined })}`;
    },
    read(posted) {
      const optional = posted.one('scopes.optional').split(/\s+/);
      return posted
        .one('scopes')
        .split(/\r?\n/)
        .filter((line) => line.trim() !== '')
        .map((line) => {
          const [name = '', ...words] = line.trim().split(/\s+/);
          return { name, description: words.join(' '), optional: optional.includes(name) };
        });
    },
  },
};

const clientOptions = [
  { value: 'listed', text: texts.clientsListed },
  { value: 'any', text: texts.clientsAny },
];

/** The settings of an API. */
export const apiFields: readonly Field[] = [
  { name: 'name', label: texts.name, kind: 'text', required: true },
  scopesField,
  { name: 'access_token_format', label: texts.format, kind: 'choice', required: true, options: formats },
  {
    name: 'signing_alg',
    label: texts.alg,
    kind: 'choice',
    required: true,
    options: signingAlgs.map((value) => ({ value, text: value })),
  },
  { name: 'access_token_lifetime', label: texts.lifetime, kind: 'number', required: true },
  { name: 'browser_access_token_lifetime', label: texts.browserLifetime, kind: 'number' },
  { name: 'first_party_skips_consent', label: texts.skips, kind: 'switch' },
  bindingField('token_binding', flowTexts.binding),
  { name: 'clients', label: texts.clients, kind: 'choice', required: true, options: clientOptions },
];
