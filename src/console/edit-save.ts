import { isDeepStrictEqual } from 'node:util';
import { Problem } from '../kit/problem.ts';
import { overrideOf } from './drift.ts';
import { conflictView } from './edit-conflict.ts';
import type { EditForm, Posted } from './edit-declaration.ts';
import { postedOf, readField } from './edit-fields.ts';
import { Refusal } from './edit-form.ts';
import { bodyOf, type Values } from './edit-values.ts';
import { heldView } from './held-view.ts';
import type { View, Visit } from './visit.ts';

/**
 * Saves a posted form. Returns the answer of the API, a page to show instead (the change waits for another owner, or another
 * change came first), or the refusal to show in the form.
 */
export async function saveForm<Answer = unknown>(
  visit: Visit,
  form: EditForm,
): Promise<{ readonly answer: Answer } | { readonly view: View } | Refusal> {
  const posted = postedOf(visit);
  const seen = jsonIn(posted.one('seen')) as Values;
  const values = { ...seen, ...enteredIn(form, posted, seen) };
  const changed = Object.keys(values).filter(
    (name) => values[name] !== undefined && !isDeepStrictEqual(values[name], seen[name] ?? null),
  );
  const aside = form.fields.flatMap((field) => (field.aside ? [field.name] : []));
  const reason = visit.field('reason');
  const ifMatch = posted.one('version');
  try {
    const performed = await visit.change(form.operation, {
      params: form.params ?? {},
      body: bodyOf(
        form,
        values,
        changed.filter((name) => !aside.includes(name)),
      ),
      ...(reason !== '' && { reason }),
      edit: { override: overrideOf(visit), ...(ifMatch !== '' && { ifMatch }) },
    });
    return performed.done
      ? { answer: performed.answer as Answer }
      : { view: heldView(performed.approval, visit) };
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const isStale = error.code === 'conflict' && error.members.conflicts !== undefined;
    if (isStale && form.reread)
      return { view: conflictView(visit, form, { values, changed, now: await form.reread() }) };
    if (['invalid_body', 'conflict', 'invalid_request'].includes(error.code))
      return new Refusal(error, values);
    throw error;
  }
}

/** Returns what the person entered. On the page of a conflict each value was picked among two. */
function enteredIn({ fields }: EditForm, posted: Posted, seen: Values): Values {
  const isPicked = posted.has('picked');
  const read = (name: string) => {
    const field = fields.find((one) => one.name === name);
    if (posted.has(`pick.${name}`)) return jsonIn(posted.one(`pick.${name}`));
    return isPicked && field?.kind !== 'secret' ? seen[name] : field && readField(field, posted);
  };
  const entered = fields.map(({ name }) => [name, read(name)] as const);
  return Object.fromEntries(entered.filter(([, value]) => value !== undefined));
}

/** A person can edit hidden fields. The API checks the values as it checks those of any caller. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
