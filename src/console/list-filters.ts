import { type Html, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import { frameTexts } from './frame-texts.ts';
import type { Filter, ListDeclaration, Option } from './list-declaration.ts';
import { listTexts as texts } from './list-texts.ts';
import { hasFilters } from './list-url.ts';
import type { Visit } from './visit.ts';
import { wallClock } from './zone.ts';

type Declared = Pick<ListDeclaration<never, never>, 'filters' | 'sorts'>;

/** Returns the form of the filters. It is sent as a GET, so the URL has all of them. */
export async function filterForm(visit: Visit, declared: Declared): Promise<Html | undefined> {
  const { sorts } = declared;
  const filters = declared.filters.filter(({ bySetting }) => !(bySetting && visit.caller.rights.namesOnly));
  if (filters.length === 0) return undefined;
  const { locale, url } = visit;
  const fieldsOf = (more: boolean) =>
    Promise.all(filters.filter((one) => (one.more ?? false) === more).map((one) => field(visit, one)));
  const [fields, further] = [await fieldsOf(false), await fieldsOf(true)];
  const unfolded = filters.some(({ name, more }) => more && url.searchParams.has(name));
  const folded =
    further.length > 0 &&
    html`<details class="more"${unfolded && html` open`}><summary>${texts.more[locale]}</summary><div class="filters">${further}</div></details>`;
  const sort = sorts && select(visit, { name: 'sort', label: texts.sort, options: sorts });
  const kept = ['zone', 'live', 'limit', 'tab'].map((name) => {
    const value = url.searchParams.get(name);
    return value !== null && html`<input type="hidden" name="${name}" value="${value}">`;
  });
  return html`<form class="filters" action="${url.pathname}" data-swap>${kept}
${fields}${sort}
<div class="send"><button>${texts.filter[locale]}</button>
${hasFilters(visit, { filters }) && html`<a class="button plain" href="${url.pathname}">${texts.clear[locale]}</a>`}</div>
${folded}</form>`;
}

async function field(visit: Visit, filter: Filter): Promise<Html> {
  const { name, label, kind, hint } = filter;
  const { locale } = visit;
  const inWords = Object.entries(filter.words ?? {}).map(([value, text]) => ({ value, text }));
  const options = (await filter.options?.(visit)) ?? inWords;
  if (kind === 'choice') return select(visit, { name, label, options: [any, ...options] });
  if (kind === 'several') return ticks(visit, filter, options);
  const value = kind === 'time' ? localValue(visit, name) : visit.ask(name);
  const type = kind === 'time' ? 'datetime-local' : 'search';
  return html`<div class="${kind}"><label for="f-${name}">${label[locale]}</label>
<input id="f-${name}" name="${name}" type="${type}" value="${value}" maxlength="200" autocomplete="off"${hint && html` placeholder="${hint[locale]}"`}></div>
`;
}

const any: Option = { value: '', text: texts.any };

interface Select {
  readonly name: string;
  readonly label: Text;
  readonly options: readonly Option[];
}

function select({ locale, ask }: Visit, { name, label, options }: Select): Html {
  const chosen = ask(name);
  const shown = options.map(
    ({ value, text }) =>
      html`<option value="${value}"${value === chosen && html` selected`}>${wordsOf(text, locale)}</option>`,
  );
  return html`<div><label for="f-${name}">${label[locale]}</label>
<select id="f-${name}" name="${name}">${shown}</select></div>
`;
}

/** More options than this get a field that narrows them as the person types. */
const many = 12;

function ticks({ locale, url }: Visit, { name, label }: Filter, options: readonly Option[]): Html {
  const chosen = url.searchParams.getAll(name);
  // A value without an option came by a link, e.g. the id of an identity; it stays.
  const known = new Set(options.map(({ value }) => value));
  const strangers = chosen.filter((value) => !known.has(value)).map((value) => ({ value, text: value }));
  const boxes = [...strangers, ...options].map(
    ({ value, text }) =>
      html`<label><input type="checkbox" name="${name}" value="${value}"${chosen.includes(value) && html` checked`}> ${wordsOf(text, locale)}</label>`,
  );
  const words = [...strangers, ...options].filter(({ value }) => chosen.includes(value));
  const summary = words.length === 0 ? texts.any[locale] : words.map(({ text }) => wordsOf(text, locale));
  const narrow =
    options.length > many &&
    html`<input type="search" data-js hidden data-filter="o-${name}" aria-label="${frameTexts.goTo[locale]}" autocomplete="off">`;
  return html`<div><span class="label" id="l-${name}">${label[locale]}</span>
<details class="pick"><summary aria-describedby="l-${name}">${typeof summary === 'string' ? summary : summary.join(', ')}</summary>
<div class="options">${narrow}<div id="o-${name}" role="group" aria-labelledby="l-${name}">${boxes}</div>
<button>${texts.filter[locale]}</button></div></details></div>
`;
}

function wordsOf(text: string | Text, locale: Visit['locale']): string {
  return typeof text === 'string' ? text : text[locale];
}

function localValue({ ask, zone }: Visit, name: string): string {
  const at = new Date(ask(name));
  return Number.isNaN(at.getTime()) ? '' : wallClock(at, zone.name).replace(' ', 'T').slice(0, 16);
}
