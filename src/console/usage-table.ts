import { type Html, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import { apiCall } from './list-tools.ts';
import { overviewTexts } from './overview-texts.ts';
import type { Visit } from './visit.ts';
import { wallClock } from './zone.ts';

type Kind = 'login' | 'retrieval' | 'refresh' | 'ended';

interface Usage {
  readonly series: readonly {
    readonly name: string | null;
    readonly total: number;
    readonly points: readonly { readonly at: string; readonly n: number | null }[];
  }[];
}

const titles: Readonly<Record<Kind, Text>> = {
  login: overviewTexts.signIns,
  retrieval: overviewTexts.retrievals,
  refresh: overviewTexts.refreshes,
  ended: overviewTexts.ended,
};

/** Returns counts of the last 30 days by day, of one connection or app: a table for each kind, a column for each outcome. */
export async function usageTable(
  visit: Visit,
  kinds: readonly Kind[],
  of: Readonly<Record<string, string>>,
): Promise<Html> {
  const tables = await Promise.all(
    kinds.map(async (kind) => {
      const query = { kind, by: 'day', group: 'outcome', ...of };
      return table(visit, titles[kind], await visit.read<Usage>('GET /usage', { query }));
    }),
  );
  return html`<div class="columns">${tables.map((one) => html`<div>${one}</div>`)}</div>
<div class="tools">${apiCall(visit, 'GET /usage', { kind: kinds[0] ?? 'login', by: 'day', group: 'outcome', ...of })}</div>`;
}

function table({ say, zone }: Visit, title: Text, { series }: Usage): Html {
  const days = series[0]?.points.map(({ at }) => at) ?? [];
  const rows = days
    .map((at, index) => ({ at, counts: series.map(({ points }) => points[index]?.n ?? 0) }))
    .filter(({ counts }) => counts.some((n) => n > 0))
    .reverse();
  const none = html`<p>${say({ en: 'None in 30 days.', zh: '30 天内没有记录。' })}</p>`;
  const heads = series.map(({ name }) => html`<th scope="col">${name === '' ? '–' : name}</th>`);
  return html`<section class="card"><h2>${say(title)}</h2>${
    rows.length === 0
      ? none
      : html`<div class="scroll"><table><thead><tr><th scope="col">${say({ en: 'Day', zh: '日期' })}</th>${heads}</tr></thead>
<tbody>${rows.map(({ at, counts }) => html`<tr><th scope="row">${wallClock(new Date(at), zone.name).slice(0, 10)}</th>${counts.map((n) => html`<td>${n}</td>`)}</tr>`)}</tbody></table></div>`
  }</section>`;
}
