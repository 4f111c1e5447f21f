import { type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import type { Visit } from './visit.ts';

export interface Cell {
  readonly title: Text;
  readonly content: HtmlPart;
}

/** Returns a table without filters and pages, as a part of a page. On a phone its rows are cards. */
export function simpleTable({ say }: Visit, title: Text, rows: readonly (readonly Cell[])[]): HtmlPart {
  const heads = rows[0]?.map((cell) => html`<th scope="col">${say(cell.title)}</th>`);
  const lines = rows.map(
    (cells) =>
      html`<tr>${cells.map((cell) => html`<td data-label="${say(cell.title)}">${cell.content}</td>`)}</tr>
`,
  );
  return html`<div class="scroll"><table class="list"><caption class="unseen">${say(title)}</caption>
<thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table></div>`;
}
