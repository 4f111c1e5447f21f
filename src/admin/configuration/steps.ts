import { isDeepStrictEqual } from 'node:util';
import type { Secret } from '../../kit/secret.ts';
import type { ConfigurationDocument } from './document.ts';
import { isSame } from './faults.ts';
import {
  admissionFields,
  brandingFields,
  defaults,
  differing,
  type Fields,
  type PresentItem,
  type Section,
  sections,
} from './items.ts';
import { lateSteps, withoutLate } from './late-fields.ts';
import type { Present } from './present.ts';
import type { Step } from './step.ts';
import type { WantedItem } from './wanted.ts';

export interface Planned {
  readonly document: ConfigurationDocument;
  readonly wanted: readonly WantedItem[];
  readonly present: Present;
  readonly managedBy: string;
  /** Items that this tool keeps, and that the document no longer has, are removed. */
  readonly prune: boolean;
}

const paths: Readonly<Record<Section, { readonly list: string; readonly param: string }>> = {
  apis: { list: '/apis', param: 'api' },
  connections: { list: '/connections', param: 'connection' },
  apps: { list: '/apps', param: 'app' },
  webhooks: { list: '/webhooks', param: 'webhook' },
};

/** Returns the calls that make the stored configuration the wanted one, in an order in which each finds what it names. */
export async function stepsFor(planned: Planned): Promise<readonly Step[]> {
  const { document, wanted, present } = planned;
  const steps: Step[] = [];
  for (const section of sections) {
    for (const item of wanted.filter((one) => one.section === section)) {
      const before = present.items.find(isSame(item));
      steps.push(...(await stepsOf(withoutLate(item), before && withoutLate(before), planned)));
    }
    if (section === 'apps')
      for (const item of wanted) steps.push(...lateSteps(item, present.items.find(isSame(item))));
    if (section === 'connections') steps.push(...orderSteps(document.order, present), ...looks(planned));
    if (section === 'apis') steps.push(...admissionSteps(planned));
  }
  return [...steps, ...(planned.prune ? removals(planned) : [])];
}

async function stepsOf(
  item: WantedItem,
  before: PresentItem | undefined,
  planned: Planned,
): Promise<readonly Step[]> {
  const { section, key } = item;
  const { list, param } = paths[section];
  const about = { section, key };
  const one = `${list}/{${param}}`;
  const at = { ...about, param: { name: param, key } };
  const branding = brandingSteps(item, planned.present);
  const secretName = section === 'apps' ? 'client_secret' : 'secret';
  const secret = section === 'connections' ? undefined : item.secrets.get(secretName);
  if (!before) {
    const given = { ...(section === 'apps' && { id: key }), ...(secret && { secret }) };
    const { client_id: _, ...fields } = section === 'apps' ? item.fields : { client_id: 0, ...item.fields };
    const body = section === 'connections' ? connectionBody(item, [...item.secrets.keys()]) : fields;
    const made: Step = {
      ...about,
      operation: `POST ${list}`,
      act: 'create',
      fields: Object.keys(item.fields),
      body,
      given,
    };
    const after: readonly Step[] =
      section === 'apis' && secret ? [secretStep(at, `POST ${one}/secret`, secret)] : [];
    return [made, ...after, ...branding];
  }
  const replaced: string[] = [];
  for (const [name, value] of item.secrets) if (!(await before.holds(name, value))) replaced.push(name);
  const changed = differing(item.fields, comparable(before, item)).filter(
    (name) => name !== 'client_id' || section === 'connections',
  );
  const isKept = before.managedBy === planned.managedBy;
  const patch = `PATCH ${one}`;
  const steps: Step[] = [];
  if (before.removed) steps.push({ ...at, operation: `POST ${one}/restore`, act: 'restore', fields: [] });
  const isOff = before.removed && (item.fields.enabled ?? true) === true && !changed.includes('enabled');
  const fields = isOff ? [...changed, 'enabled'] : changed;
  if (section === 'connections')
    steps.push(...connectionSteps(item, { at, patch, fields, replaced, isKept }));
  else if (fields.length > 0 || !isKept)
    steps.push({
      ...at,
      operation: patch,
      act: 'change',
      fields: isKept ? fields : [...fields, 'managed_by'],
      body: valuesOf(item, fields),
    });
  if (secret && replaced.length > 0) steps.push(secretStep(at, `POST ${one}/secret`, secret));
  return [...steps, ...branding];
}

type At = Pick<Step, 'section' | 'key' | 'param'>;

function secretStep(at: At, operation: string, secret: Secret): Step {
  return { ...at, operation, act: 'replace the secret of', fields: [], given: { secret } };
}

/** Endpoints move by a change of their own, which the present secret proves. */
function connectionSteps(
  item: WantedItem,
  about: {
    readonly at: At;
    readonly patch: string;
    readonly fields: readonly string[];
    readonly replaced: readonly string[];
    readonly isKept: boolean;
  },
): readonly Step[] {
  const { at, patch, fields, replaced, isKept } = about;
  const isMoving = (name: string) => name === 'endpoints' || name === 'options';
  const [moving, others] = [fields.filter(isMoving), fields.filter((name) => !isMoving(name))];
  const options = replaced.filter((name) => name.startsWith('options.'));
  const steps: Step[] = [];
  if (others.length > 0 || replaced.length > 0 || !isKept) {
    const secrets = Object.fromEntries(
      options.map((name) => [name.slice('options.'.length), item.secrets.get(name)?.reveal()]),
    );
    steps.push({
      ...at,
      operation: patch,
      act: 'change',
      fields: [...others, ...replaced, ...(isKept ? [] : ['managed_by'])],
      body: {
        ...valuesOf(item, others),
        ...(replaced.includes('client_secret') && {
          client_secret: item.secrets.get('client_secret')?.reveal(),
        }),
        ...(options.length > 0 && { options: secrets }),
      },
    });
  }
  if (moving.length > 0) {
    const secret = item.secrets.get('client_secret')?.reveal();
    const body = { ...valuesOf(item, moving), ...(secret !== undefined && { client_secret: secret }) };
    steps.push({ ...at, operation: patch, act: 'change', fields: moving, body });
  }
  return steps;
}

/** Returns the stored fields. Where a provider's metadata fills in, only what the document names is compared. */
function comparable(before: PresentItem, { fields }: WantedItem): Fields {
  if (!before.discovers) return before.fields;
  const named = (name: 'endpoints' | 'options') => {
    const wanted = Object.keys((fields[name] as Fields | undefined) ?? {});
    const stored = Object.entries((before.fields[name] as Fields | undefined) ?? {});
    const kept = stored.filter(([member]) => wanted.includes(member));
    return kept.length > 0 ? { [name]: Object.fromEntries(kept) } : {};
  };
  const { endpoints: _e, options: _o, ...others } = before.fields;
  return { ...others, ...named('endpoints'), ...named('options') };
}

function valuesOf(item: WantedItem, names: readonly string[]): Fields {
  return Object.fromEntries(
    names.map((name) => [name, item.fields[name] ?? defaults[item.section][name] ?? null]),
  );
}

function connectionBody(item: WantedItem, secrets: readonly string[]): Fields {
  const options = secrets
    .filter((name) => name.startsWith('options.'))
    .map((name) => [name.slice('options.'.length), item.secrets.get(name)?.reveal()]);
  return {
    ...item.fields,
    options: { ...(item.fields.options as Fields | undefined), ...Object.fromEntries(options) },
    ...(item.secrets.has('client_secret') && { client_secret: item.secrets.get('client_secret')?.reveal() }),
  };
}

function orderSteps(order: readonly string[] | undefined, present: Present): readonly Step[] {
  if (order === undefined || isDeepStrictEqual(order, present.order)) return [];
  const body = { connections: order };
  return [
    {
      operation: 'PUT /connections/order',
      act: 'change',
      section: 'order',
      key: '',
      fields: ['order'],
      body,
    },
  ];
}

function looks({ document, present }: Planned): readonly Step[] {
  if (!document.branding) return [];
  const body = brandingFields(document.branding);
  const fields = differing(body, present.branding);
  return fields.length === 0
    ? []
    : [{ operation: 'PUT /branding', act: 'change', section: 'branding', key: '', fields, body }];
}

function admissionSteps({ document, present }: Planned): readonly Step[] {
  if (!document.app_admission) return [];
  const body = admissionFields(document.app_admission);
  const fields = differing(body, present.admission);
  const about = { operation: 'PUT /app-admission', section: 'admission', key: '' } as const;
  return fields.length === 0 ? [] : [{ ...about, act: 'change', fields, body }];
}

function brandingSteps({ key, branding }: WantedItem, present: Present): readonly Step[] {
  const fields = branding ? differing(branding, present.appBranding.get(key) ?? {}) : [];
  if (!branding || fields.length === 0) return [];
  const operation = 'PUT /apps/{app}/branding';
  const param = { name: 'app', key };
  return [{ operation, act: 'change', section: 'branding', key, fields, param, body: branding }];
}

/** Returns the removals: what uses something goes before what it uses. */
function removals({ document, wanted, present, managedBy }: Planned): readonly Step[] {
  return sections.toReversed().flatMap((section) =>
    document[section] === undefined
      ? []
      : present.items
          .filter((item) => item.section === section && item.managedBy === managedBy && !item.removed)
          .filter((item) => !wanted.some(isSame(item)))
          .map(({ key, id }): Step => {
            const { list, param } = paths[section];
            const operation = `DELETE ${list}/{${param}}`;
            return { operation, act: 'remove', section, key, fields: [], param: { name: param, key: id } };
          }),
  );
}
