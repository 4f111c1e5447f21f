import { isDeepStrictEqual } from 'node:util';
import { type HtmlPart, html } from '../kit/html.ts';
import { driftField } from './drift.ts';
import type { EditForm, Field, Item } from './edit-declaration.ts';
import { fieldInput, wordsOf } from './edit-fields.ts';
import { editTexts as texts } from './edit-texts.ts';
import { type Values, valuesOf } from './edit-values.ts';
import type { View, Visit } from './visit.ts';

interface Sides {
  readonly values: Values;
  /** The names of the fields that the person has changed. */
  readonly changed: readonly string[];
  /** The item as it is now. */
  readonly now: Item;
}

/** Returns the page with both values of each field that the person has changed and that now has another one. */
export function conflictView(visit: Visit, form: EditForm, { values, changed, now }: Sides): View {
  const { say, csrf, url } = visit;
  const title = say(texts.staleTitle);
  const theirs = valuesOf(form.fields, now);
  const mine = form.fields.filter(({ name }) => changed.includes(name));
  const open = mine.filter(({ kind }) => !['secret', 'decision', 'picture'].includes(kind));
  const rows = open
    .filter(({ name }) => !isDeepStrictEqual(values[name], theirs[name]))
    .map((field) => row(visit, field, { mine: values[field.name], theirs: theirs[field.name] }));
  const again = mine.filter(({ kind }) => kind === 'secret');
  const picture = mine.find(({ kind }) => kind === 'picture');
  const body = html`<h1>${title}</h1>
<p role="alert">${say(texts.stale)}</p>
<form class="stack edit" method="post" action="${form.action ?? url.pathname + url.search}" data-warn>${csrf}
<input type="hidden" name="picked" value="yes"><input type="hidden" name="version" value="${now.version}">
<input type="hidden" name="seen" value="${JSON.stringify(theirs)}"><input type="hidden" name="reason" value="${visit.field('reason')}">
${rows}
${picture && html`<input type="hidden" name="pick.${picture.name}" value="${JSON.stringify(values[picture.name])}">`}
${again.map((field) => fieldInput(visit, { ...field, hint: texts.staleSecret }, { value: null, fault: undefined }))}
${now.managed_by && driftField(now.managed_by, visit)}
<div class="actions"><button>${say(texts.save)}</button><a class="button plain" href="${url.pathname + url.search}">${say(texts.discard)}</a></div></form>`;
  return { title, body, status: 409 };
}

interface Both {
  readonly mine: unknown;
  readonly theirs: unknown;
}

function row(visit: Visit, field: Field, { mine, theirs }: Both): HtmlPart {
  const { say } = visit;
  const side = (
    value: unknown,
    of: 'mine' | 'theirs',
  ) => html`<label class="switch"><input type="radio" name="pick.${field.name}" value="${JSON.stringify(value ?? null)}"${of === 'mine' && html` checked`}>
<span><span class="quiet">${say(texts[of])}</span> <span class="name">${shown(value, field, visit)}</span></span></label>
`;
  return html`<fieldset><legend>${wordsOf(field.label, visit)}</legend>${side(mine, 'mine')}${side(theirs, 'theirs')}</fieldset>`;
}

function shown(value: unknown, { options = [] }: Field, visit: Visit): HtmlPart {
  const { say } = visit;
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return say(value ? texts.yes : texts.no);
  const known = options.find((one) => one.value === value);
  if (known) return wordsOf(known.text, visit);
  if (typeof value !== 'object') return String(value);
  const isPlain = Array.isArray(value) && value.every((one) => typeof one === 'string');
  return isPlain ? value.join(', ') : html`<code>${JSON.stringify(value, undefined, 1)}</code>`;
}
