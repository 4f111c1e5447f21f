import { type Html, html } from '../kit/html.ts';
import type { ListDeclaration, Listed } from './list-declaration.ts';
import { listTexts as texts } from './list-texts.ts';
import { addressWith } from './list-url.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

interface Rows<Item, Context> {
  readonly listed: Listed<Item>;
  readonly context: Context;
  readonly filtered: boolean;
}

/** Returns the rows, which are cards on a phone, with the acts on ticked rows and the way to further rows. */
export function listTable<Item, Context>(
  visit: Visit,
  declaration: ListDeclaration<Item, Context>,
  { listed, context, filtered }: Rows<Item, Context>,
): Html {
  const { locale, url } = visit;
  const { columns, title, empty, idOf } = declaration;
  const acts = (declaration.acts ?? []).filter(({ needs }) => visit.may(needs));
  const ticks = acts.length > 0;
  if (listed.items.length === 0)
    return html`<div class="card empty"><p>${(filtered ? texts.noMatch : empty)[locale]}</p>
${filtered && html`<p><a class="button plain" href="${url.pathname}">${texts.clear[locale]}</a></p>`}</div>${further(visit, listed)}`;
  const heads = columns.map((column) => html`<th scope="col">${column.title[locale]}</th>`);
  const rows = listed.items.map((item) => {
    const cells = columns.map(
      (column) =>
        html`<td data-label="${column.title[locale]}">${column.cell(item, visit, context)}</td>
`,
    );
    const tick =
      ticks &&
      html`<td class="tick"><label><input type="checkbox" name="id" value="${idOf(item)}"><span class="unseen">${texts.tick[locale]}</span></label></td>`;
    return html`<tr>${tick}${cells}</tr>
`;
  });
  const table = html`<div class="scroll"><table class="list"><caption class="unseen">${title[locale]}</caption>
<thead><tr>${ticks && html`<th class="tick"><label data-js hidden><input type="checkbox" data-all><span class="unseen">${texts.tickAll[locale]}</span></label></th>`}${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
  if (!ticks) return html`${table}${further(visit, listed)}`;
  const buttons = acts.map(
    ({ text, path }) => html`<button class="plain" formaction="${path}">${text[locale]}</button>`,
  );
  const all = html`<label class="all"><input type="checkbox" name="all" value="1"> ${texts.allOfFilter[locale]}</label>`;
  return html`<form class="ticked"><input type="hidden" name="filter" value="${url.search}">
${all}${table}<div class="bulk"><span>${texts.ticked[locale]}</span>${buttons}</div></form>${further(visit, listed)}`;
}

function further({ locale, url, zone }: Visit, { next_cursor: next, looked_back_to: back }: Listed<unknown>) {
  const first = url.searchParams.has('cursor');
  const looked =
    back != null && html`<p class="quiet">${texts.lookedBack[locale]} ${timeTag(back, zone)}</p>`;
  if (!first && next === null) return looked;
  return html`${looked}<nav class="pages" aria-label="${texts.pages[locale]}">
${first && html`<a class="button plain" href="${addressWith(url, { cursor: undefined })}">${texts.first[locale]}</a>`}
${next !== null && html`<a class="button plain" rel="next" href="${addressWith(url, { cursor: next })}">${(back == null ? texts.next : texts.goOn)[locale]}</a>`}
</nav>`;
}
