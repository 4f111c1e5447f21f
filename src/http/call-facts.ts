import { type Html, html } from '../kit/html.ts';
import { fill, type Locale, type Text } from '../kit/locale.ts';
import { callTexts as texts } from './call-texts.ts';
import { hasUnseen, visibleText } from './visible-text.ts';

/** A line of the page: its name and its value. */
export type Fact = readonly [name: Text, value: Html];

/** The parts of a call that leave, as a person reads them. */
export interface ShownCall {
  readonly api: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

/** A longer text is folded, with its beginning above. */
const [mostLines, mostCharacters] = [16, 800];

export function factList(facts: readonly Fact[], locale: Locale): Html {
  const rows = facts.map(([name, value]) => html`<dt>${name[locale]}</dt><dd>${value}</dd>`);
  return html`<dl class="card facts">${rows}</dl>`;
}

/** Returns the lines about one exact call. Nothing of it is a link, markup or cut. */
export function callFacts(call: ShownCall, locale: Locale): readonly Fact[] {
  const { api, method, path, query, headers, body } = call;
  const address = `${api.replace(/\/$/, '')}${path}`;
  const facts: Fact[] = [[texts.request, html`<b>${method}</b> ${written(address, locale)}`]];
  if (query !== '') facts.push([texts.query, written(query, locale, true)]);
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  if (lines.length > 0) facts.push([texts.headers, text(lines.join('\n'), locale)]);
  facts.push([texts.body, body === null ? html`${texts.noBody[locale]}` : text(body, locale)]);
  return facts;
}

/** A call that an app asks for, with the accounts that it may be for. */
export interface ShownRequest {
  readonly call: ShownCall;
  readonly reason?: string | undefined;
  readonly platform: Text;
  readonly accounts: readonly { readonly id: string; readonly name: Text }[];
}

/** The place of a call on its page, and the field by which the form sends its account. */
export interface CallPlace {
  readonly index: number;
  readonly calls: number;
  readonly field: string;
}

/** Returns a card with one exact call. With several accounts the person chooses one. Of several calls each has its number. */
export function callCard(
  { call, reason, platform, accounts }: ShownRequest,
  { index, calls, field }: CallPlace,
  locale: Locale,
): Html {
  const [first, ...others] = accounts;
  const named = (name: Text) => html`<span class="name">${visibleText(name[locale])}</span>`;
  const choice = accounts.map(
    ({ id, name }) =>
      html`<label class="tick"><input type="radio" name="${field}" value="${id}" required> ${named(name)}</label>`,
  );
  const account: Fact =
    others.length === 0
      ? [texts.account, html`${first && named(first.name)}`]
      : [texts.choose, html`${choice}`];
  const number: Fact[] = calls > 1 ? [[texts.number, html`<b>${index + 1} / ${calls}</b>`]] : [];
  const facts: Fact[] = [...number, [texts.platform, html`${platform[locale]}`], account];
  if (reason !== undefined) facts.push([texts.appSays, html`<q class="name">${visibleText(reason)}</q>`]);
  return factList([...facts, ...callFacts(call, locale)], locale);
}

/** Returns an address as it is sent, and decoded where that reads differently. */
function written(address: string, locale: Locale, isQuery = false): Html {
  const readable = decoded(address, isQuery);
  return html`<code>${visibleText(address)}</code>${
    readable !== address &&
    html`<br><span class="quiet">${texts.readable[locale]}</span> <code>${visibleText(readable)}</code>`
  }`;
}

/** Bytes that are no text are written as U+FFFD: one of them must not hide how the others read. */
function decoded(address: string, isQuery: boolean): string {
  const spaced = isQuery ? address.replaceAll('+', ' ') : address;
  return spaced.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
}

function text(content: string, locale: Locale): Html {
  const lines = content.split(/\r\n|\n/);
  const warning = hasUnseen(content) && html`<span class="badge warn">${texts.unseen[locale]}</span>`;
  const whole = html`<pre>${visibleText(content)}</pre>`;
  if (lines.length <= mostLines && content.length <= mostCharacters) return html`${warning}${whole}`;
  const beginning = Array.from(lines.slice(0, mostLines).join('\n')).slice(0, mostCharacters).join('');
  const size = { lines: String(lines.length), characters: String(Array.from(content).length) };
  return html`${warning}<span class="quiet">${texts.startOfBody[locale]}</span><pre>${visibleText(beginning)}</pre>
<details><summary>${fill(texts.whole, locale, size)}</summary>${whole}</details>`;
}
