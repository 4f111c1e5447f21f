import type { App } from './answers.ts';
import { appTexts as texts } from './app-texts.ts';
import { connectionOptions } from './connection-options.ts';
import { connectionTexts } from './connection-texts.ts';
import type { EditForm, Field, Item } from './edit-declaration.ts';
import { editTexts } from './edit-texts.ts';
import { policyField } from './policy-grid.ts';
import type { Visit } from './visit.ts';

export const base = (visit: Visit, item: App) => ({
  operation: 'PATCH /apps/{app}',
  params: { app: item.client_id },
  item,
  button: editTexts.save,
  reason: texts.reason,
  reread: () => visit.read<App>('GET /apps/{app}', { params: { app: item.client_id } }),
});

export const basicFields: readonly Field[] = [
  { name: 'name', label: texts.name, kind: 'text', required: true },
  { name: 'redirect_uris', label: texts.redirectUris, kind: 'lines', hint: texts.redirectHint },
  { name: 'first_party', label: texts.firstPartyWhat, kind: 'switch' },
];

export async function settingsForm(visit: Visit, item: App): Promise<EditForm> {
  const { items } = await visit.read<{ items: readonly { identifier: string; name: string }[] }>(
    'GET /apis',
    {
      query: { limit: '200' },
    },
  );
  const options = items.map(({ identifier, name }) => ({
    value: identifier,
    text: `${name} · ${identifier}`,
  }));
  return {
    ...base(visit, item),
    fields: [
      ...basicFields,
      { name: 'pkce_required', label: texts.pkce, kind: 'switch' },
      { name: 'post_logout_redirect_uris', label: texts.postLogout, kind: 'lines' },
      { name: 'backchannel_logout_uri', label: texts.backchannel, kind: 'text' },
      { name: 'homepage', label: texts.homepage, kind: 'text' },
      { name: 'default_scope', label: texts.defaultScope, kind: 'text' },
      {
        name: 'access_token_format',
        label: texts.format,
        kind: 'choice',
        options: formats,
        hint: texts.lifetimeHint,
      },
      { name: 'access_token_lifetime', label: texts.lifetime, kind: 'number', hint: texts.lifetimeHint },
      { name: 'apis', label: texts.apis, kind: 'ticks', options },
      { name: 'introspects', label: texts.introspects, kind: 'ticks', options },
    ],
  };
}

export const formats = ['jwt', 'opaque'].map((value) => ({ value, text: value }));

export async function policyForm(visit: Visit, item: App): Promise<EditForm> {
  return {
    ...base(visit, item),
    about: texts.policyWhat,
    fields: [policyField(await connectionOptions(visit))],
  };
}

export async function waysForm(visit: Visit, item: App): Promise<EditForm> {
  const options = await connectionOptions(visit);
  return {
    ...base(visit, item),
    fields: [
      { name: 'display_name.en', label: texts.nameEn, kind: 'text' },
      { name: 'display_name.zh', label: texts.nameZh, kind: 'text' },
      {
        name: 'sign_in_connections',
        label: texts.ways,
        kind: 'ticks',
        nullable: true,
        options,
        hint: texts.waysWhat,
      },
    ],
  };
}

export function aboutForm(visit: Visit, item: App): EditForm {
  const line = (name: string, label: Field['label']): Field => ({
    name: `about.${name}`,
    label,
    kind: 'text',
  });
  return {
    ...base(visit, item),
    about: texts.aboutWhat,
    fields: [
      line('owner', texts.owner),
      line('contact', texts.contact),
      line('purpose.en', texts.purposeEn),
      line('purpose.zh', texts.purposeZh),
      line('kinds.en', texts.kindsEn),
      line('kinds.zh', texts.kindsZh),
      line('privacy', texts.privacy),
      line('terms', texts.terms),
    ],
  };
}

/** Returns the form of looks: those of an app, or with `/branding` those of the deployment. */
export async function brandingForm(
  visit: Visit,
  path: string,
  params: Readonly<Record<string, string>> = {},
): Promise<EditForm> {
  const reread = () => visit.read<Item>(`GET ${path}`, { params });
  const item = await reread();
  const line = (name: string, label: Field['label'], hint?: Field['hint']): Field => ({
    name,
    label,
    kind: 'text',
    hint,
  });
  return {
    operation: `PUT ${path}`,
    params,
    item,
    reread,
    whole: true,
    // Everything is replaced, so the picture is sent again unless the form has another.
    fixed: { logo: item.logo },
    about: texts.brandingWhat,
    button: editTexts.save,
    fields: [
      line('name.en', texts.nameEn),
      line('name.zh', texts.nameZh),
      line('accent', texts.accent, texts.accentHint),
      { name: 'logo', label: connectionTexts.logo, kind: 'picture', hint: connectionTexts.logoHint },
      line('legal.terms', texts.terms),
      line('legal.privacy', texts.privacy),
      line('legal.support', texts.support),
      line('legal.icp', texts.icp),
      line('legal.police', texts.police),
      line('legal.agreement.version', texts.agreementVersion),
      line('legal.agreement.url', texts.agreementUrl),
    ],
  };
}
