import { type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { Field, Posted } from './edit-declaration.ts';
import { editTexts as texts } from './edit-texts.ts';
import type { Visit } from './visit.ts';

export function postedOf({ request }: Visit): Posted {
  const body = (request.body ?? {}) as Readonly<Record<string, string | readonly string[]>>;
  const all = (name: string) => [body[name] ?? []].flat();
  return {
    all,
    one: (name) => (all(name).at(-1) ?? '').trim(),
    has: (name) => Object.hasOwn(body, name),
  };
}

/** Returns the name of an input. A form that is kept over a sign-in leaves out secrets by such names. */
function inputName({ name, kind }: Field): string {
  return kind === 'secret' ? `secret.${name}` : name;
}

/** Reads a field. Undefined: it was not entered, and stays. */
export function readField(field: Field, posted: Posted): unknown {
  const { kind, custom } = field;
  const name = inputName(field);
  if (custom) return custom.read(posted);
  const text = posted.one(name);
  const isBox = ['switch', 'ticks', 'picture'].includes(kind);
  if (!isBox && !posted.has(name)) return undefined;
  switch (kind) {
    case 'lines':
      return text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter(Boolean);
    case 'words':
      return text.split(/\s+/).filter(Boolean);
    case 'switch':
      return text !== '';
    case 'ticks':
      return field.nullable && !posted.has(name) ? null : posted.all(name);
    case 'number':
      if (text === '') return null;
      return /^-?\d{1,15}$/.test(text) ? Number(text) : text;
    case 'secret':
      return text === '' ? undefined : text;
    case 'decision':
      return text === '' ? undefined : text === 'yes';
    case 'picture':
      if (posted.one(`${name}.remove`) !== '') return null;
      return text === '' ? undefined : text;
    default:
      return text === '' ? null : text;
  }
}

interface Shown {
  readonly value: unknown;
  readonly fault: string | undefined;
}

/** Returns a field with its label, its hint, and what was at fault. */
export function fieldInput(visit: Visit, field: Field, shown: Shown): HtmlPart {
  const { kind, label, hint, custom } = field;
  const { locale } = visit;
  if (custom) return custom.input(shown.value, visit);
  const id = inputName(field);
  const words = wordsOf(label, visit);
  const under = html`${hint && html`<p class="quiet" id="${id}-hint"${typeof hint === 'string' && locale !== 'en' && html` lang="en"`}>${wordsOf(hint, visit)}</p>`}
${shown.fault && html`<p class="fault" id="${id}-fault" lang="en">${shown.fault}</p>`}`;
  if (kind === 'switch')
    return html`<div><label class="switch"><input type="checkbox" id="${id}" name="${id}" value="yes"${shown.value === true && html` checked`}> ${words}</label>${under}</div>
`;
  if (kind === 'ticks')
    return html`<fieldset><legend>${words}</legend>${ticks(visit, field, shown)}${under}</fieldset>
`;
  return html`<div><label for="${id}">${words}</label>${control(visit, field, shown)}${under}</div>
`;
}

function control(visit: Visit, field: Field, { value, fault }: Shown): HtmlPart {
  const { kind, required, hint } = field;
  const { say } = visit;
  const id = inputName(field);
  const described = [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ');
  const traits = html` id="${id}" name="${id}"${described !== '' && html` aria-describedby="${described}"`}${fault && html` aria-invalid="true"`}${required && html` required`}`;
  switch (kind) {
    case 'lines':
      return html`<textarea${traits} rows="3" spellcheck="false">${(value as string[] | null)?.join('\n')}</textarea>`;
    case 'choice':
      return html`<select${traits}>${options(visit, field, value)}</select>`;
    case 'decision':
      return html`<select${traits}><option value="">–</option><option value="yes">${say(texts.yes)}</option><option value="no">${say(texts.no)}</option></select>`;
    case 'picture':
      return html`<input${traits} type="file" accept="image/png,image/webp">
<label class="switch"><input type="checkbox" name="${id}.remove" value="yes"> ${say(texts.removePicture)}</label>`;
    case 'secret':
      return html`<input${traits} type="password" maxlength="8192" autocomplete="new-password">`;
    default: {
      const text = Array.isArray(value) ? value.join(' ') : String(value ?? '');
      const number = kind === 'number' && html` inputmode="numeric"`;
      return html`<input${traits} value="${text}" maxlength="8192" autocomplete="off" spellcheck="false"${number}>`;
    }
  }
}

function options(visit: Visit, { options: known = [], required }: Field, value: unknown): HtmlPart {
  const all = required ? known : [{ value: '', text: '–' }, ...known];
  return all.map(
    (one) =>
      html`<option value="${one.value}"${one.value === (value ?? '') && html` selected`}>${wordsOf(one.text, visit)}</option>`,
  );
}

function ticks(visit: Visit, { name, options: known = [] }: Field, { value }: Shown): HtmlPart {
  const ticked = Array.isArray(value) ? value : [];
  return html`<div class="ticks">${known.map(
    (one) =>
      html`<label class="switch"><input type="checkbox" name="${name}" value="${one.value}"${ticked.includes(one.value) && html` checked`}> ${wordsOf(one.text, visit)}</label>
`,
  )}</div>`;
}

export function wordsOf(text: Text | string, { locale }: Pick<Visit, 'locale'>): string {
  return typeof text === 'string' ? text : text[locale];
}
