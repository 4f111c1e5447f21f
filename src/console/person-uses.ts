import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import { appNames } from './names.ts';
import { personTexts as texts } from './person-texts.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

interface AppUse {
  readonly app: string;
  readonly connection: string;
  readonly identity: string;
  readonly first_at: string;
  readonly last_at: string;
  readonly times: number;
  readonly times_this_week: number;
  readonly last_reason: string | null;
  readonly last_away: boolean;
}

/** Returns the apps that have used a person's accounts, or one of them. */
export async function usesTable(
  visit: Visit,
  operation: string,
  params: Readonly<Record<string, string>>,
): Promise<HtmlPart> {
  const { say, zone } = visit;
  const { items } = await visit.read<{ items: AppUse[] }>(operation, { params });
  if (items.length === 0) return html`<p class="card">${say(texts.noUses)}</p>`;
  const names = await appNames(visit);
  const heads = [
    texts.app,
    texts.account,
    texts.lastUse,
    texts.times,
    texts.thisWeek,
    texts.firstUse,
    texts.why,
  ];
  const rows = items.map(
    (use) => html`<tr>
<td data-label="${say(texts.app)}"><span class="name">${names.get(use.app) ?? use.app}</span></td>
<td data-label="${say(texts.account)}"><a href="/console/people/${params.user}/identities/${use.identity}" class="name">${use.connection}</a></td>
<td data-label="${say(texts.lastUse)}">${timeTag(use.last_at, zone)} ${use.last_away && html`<span class="quiet">${say(texts.away)}</span>`}</td>
<td data-label="${say(texts.times)}">${use.times}</td>
<td data-label="${say(texts.thisWeek)}">${use.times_this_week}</td>
<td data-label="${say(texts.firstUse)}">${timeTag(use.first_at, zone)}</td>
<td data-label="${say(texts.why)}"><span class="name">${displayText(use.last_reason, 256) || '–'}</span></td></tr>
`,
  );
  return html`<div class="scroll"><table class="list"><caption class="unseen">${say(texts.uses)}</caption>
<thead><tr>${heads.map((text) => html`<th scope="col">${say(text)}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
