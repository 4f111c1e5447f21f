import { displayText } from '../http/display-text.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { Text } from '../kit/locale.ts';
import { attentionTexts } from './attention-texts.ts';
import { reasonTexts } from './health-texts.ts';
import { navigation } from './navigation.ts';
import { overviewTexts as texts } from './overview-texts.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

interface Attention {
  readonly kind: string;
  readonly connection: string | null;
  readonly about: string | null;
  readonly since: string;
  readonly count: number;
  readonly of: number | null;
  readonly link: { readonly path: string; readonly query: Readonly<Record<string, string>> };
}

/** Returns the list of things that need an admin, each a sentence that leads to its place. */
export async function attentionList(visit: Visit): Promise<HtmlPart> {
  if (!visit.offers('GET /attention')) return undefined;
  const { say, zone } = visit;
  const { items } = await visit.read<{ items: readonly Attention[] }>('GET /attention');
  const lines = items.map(
    (
      one,
    ) => html`<li><a href="${placeOf(one)}">${sentence(one, visit)}</a> <span class="quiet">${say(texts.sinceThen)} ${timeTag(one.since, zone)}</span></li>
`,
  );
  return html`<section class="card attention ${items.length > 0 && 'bad'}"><h2>${say(texts.attention)}</h2>
${items.length > 0 ? html`<ul>${lines}</ul>` : html`<p>${say(texts.nothing)}</p>`}</section>`;
}

function sentence({ kind, connection, about, count, of }: Attention, { say, locale }: Visit): string {
  const known: Readonly<Record<string, Text>> = attentionTexts;
  const words = known[kind];
  const reason = Object.entries(reasonTexts).find(([name]) => name === about)?.[1].short;
  return words
    ? say(words, {
        connection: displayText(connection),
        about: reason ? say(reason) : displayText(about),
        count: count.toLocaleString(locale),
        of: (of ?? 0).toLocaleString(locale),
      })
    : kind;
}

/** A place that is no page of the console is shown by its events. */
function placeOf({ link: { path, query }, connection }: Attention): string {
  const isPage = navigation.some(
    (entry) => entry.path !== '/console' && `/console${path}`.startsWith(entry.path),
  );
  if (isPage) return `/console${path}?${new URLSearchParams(query)}`;
  return `/console/events${connection === null ? '' : `?${new URLSearchParams({ connection })}`}`;
}
