import { type HtmlPart, html } from '../kit/html.ts';
import type { AccountView } from './account-view.ts';
import type { AuditEvent } from './answers.ts';
import { actorCell, eventSentence, eventSentences } from './event-words.ts';
import { identityTexts as texts } from './identity-texts.ts';
import type { Listed } from './list-declaration.ts';
import { namesOf } from './names.ts';
import type { Visit } from './visit.ts';
import { timeTag } from './zone.ts';

/** Returns the latest events of a linked account. */
export async function timeline({ person, account }: AccountView, visit: Visit): Promise<HtmlPart> {
  const { say, zone } = visit;
  // Support has to name the person.
  const query = { identity: account.id, user: person.id, limit: '20' };
  const { items } = await visit.read<Listed<AuditEvent>>('GET /events', { query });
  const [names, words] = await Promise.all([
    namesOf(visit, { people: items.map(({ actor }) => actor?.id ?? null), apps: true }),
    eventSentences(visit),
  ]);
  const lines = items.map(
    (event) => html`<li>${timeTag(event.at, zone)} ${eventSentence(event, visit, words)}
<span class="quiet">${event.app === null ? actorCell(event.actor, visit, names) : names.app(event.app)}</span></li>
`,
  );
  const all = `/console/events?${new URLSearchParams({ identity: account.id, user: person.id })}`;
  return html`<section class="card"><h2>${say(texts.timeline)}</h2>
${lines.length > 0 ? html`<ol class="timeline">${lines}</ol>` : html`<p>${say(texts.noEvents)}</p>`}
<p><a class="button plain" href="${all}">${say(texts.allEvents)}</a></p></section>`;
}
