import { providerNotesOf } from '../connectors/provider-notes.ts';
import { type HtmlPart, html } from '../kit/html.ts';
import type { AccountView } from './account-view.ts';
import { identityTexts, traitTexts as texts } from './identity-texts.ts';
import type { Visit } from './visit.ts';

const [day, hour, minute] = [86_400, 3_600, 60];

/** Returns the nature of the provider's grants: as its connector declares it, and as its page in `docs/providers` tells. */
export function providerNotes({ connector, provider }: AccountView, { say, locale }: Visit): HtmlPart {
  if (!connector) return undefined;
  const { how, rotation, absoluteCap, refreshLifetime, accessLifetime, keepAlive, doubts } =
    connector.refresh;
  const duration = (seconds: number) => {
    if (seconds >= 2 * day) return say(texts.days, { n: String(Math.round(seconds / day)) });
    if (seconds >= 2 * hour) return say(texts.hours, { n: String(Math.round(seconds / hour)) });
    return say(texts.minutes, { n: String(Math.round(seconds / minute)) });
  };
  const lasting = (text: (typeof texts)['access'], seconds: number | undefined) =>
    seconds !== undefined && say(text, { time: duration(seconds) });
  const endable = connector.revoke !== undefined || connector.endpoints.revocation !== undefined;
  const sentences = [
    say(texts[`how.${how}`]),
    how === 'refresh_token' && say(texts[`rotation.${rotation}`]),
    lasting(texts.access, accessLifetime),
    lasting(texts.idle, refreshLifetime),
    lasting(texts.kept, keepAlive),
    lasting(texts.cap, absoluteCap),
    doubts && say(texts.doubts),
    connector.signals && say(texts.signals),
    connector.family !== 'tokenless' && say(endable ? texts.endable : texts.notEndable),
  ].filter((sentence) => typeof sentence === 'string');
  const { manageAccess } = connector;
  const url = typeof manageAccess?.url === 'string' ? manageAccess.url : undefined;
  const menu = manageAccess?.menu?.[locale];
  const notes = providerNotesOf(connector.provider).map((text) => html`<p>${withCode(text)}</p>`);
  return html`<section class="card"><h2>${say(identityTexts.notes, { provider })}</h2>
<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}
${(url ?? menu) && html`<li>${say(texts.manage)} ${menu ?? html`<code>${url}</code>`}</li>`}</ul>
${notes.length > 0 && html`<h3>${say(texts.pageNotes)}</h3><div lang="en">${notes}</div>`}</section>`;
}

function withCode(text: string): HtmlPart {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
