import { defaults, differing, type Fields, type PresentItem } from './items.ts';
import type { Step } from './step.ts';
import type { WantedItem } from './wanted.ts';

/** The fields of an API that name connections and apps. These are made after it, since apps name APIs. */
const late: ReadonlySet<string> = new Set(['client', 'connections']);

const pick = (fields: Fields, isLate: boolean): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => late.has(name) === isLate));

/** Returns an item without its late fields. */
export function withoutLate<Item extends Pick<WantedItem, 'section' | 'fields'>>(item: Item): Item {
  return item.section === 'apis' ? { ...item, fields: pick(item.fields, false) } : item;
}

/** Returns the change of the late fields. */
export function lateSteps(item: WantedItem, before: PresentItem | undefined): readonly Step[] {
  const { section, key } = item;
  if (section !== 'apis') return [];
  const wanted = pick(item.fields, true);
  const fields = differing(wanted, pick(before?.fields ?? {}, true));
  if (fields.length === 0) return [];
  const body = Object.fromEntries(fields.map((name) => [name, wanted[name] ?? defaults.apis[name]]));
  const param = { name: 'api', key };
  return [{ operation: 'PATCH /apis/{api}', act: 'change', section, key, param, fields, body }];
}
