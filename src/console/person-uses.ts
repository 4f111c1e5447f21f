import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import { appNames } from './names.ts';
import { personTexts as texts } from './person-texts.ts';
import { simpleTable } from './simple-table.ts';
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
  const rows = items.map((use) => [
    { title: texts.app, content: html`<span class="name">${names.get(use.app) ?? use.app}</span>` },
    {
      title: texts.account,
      content: html`<a href="/console/people/${params.user}/identities/${use.identity}" class="name">${use.connection}</a>`,
    },
    {
      title: texts.lastUse,
      content: html`${timeTag(use.last_at, zone)} ${use.last_away && html`<span class="quiet">${say(texts.away)}</span>`}`,
    },
    { title: texts.times, content: use.times },
    { title: texts.thisWeek, content: use.times_this_week },
    { title: texts.firstUse, content: timeTag(use.first_at, zone) },
    {
      title: texts.why,
      content: html`<span class="name">${displayText(use.last_reason, 256) || '–'}</span>`,
    },
  ]);
  return simpleTable(visit, texts.uses, rows);
}
