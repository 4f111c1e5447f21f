import { type HtmlPart, html } from '../kit/html.ts';
import type { AccountView } from './account-view.ts';
import { identityTexts, traitTexts as texts } from './identity-texts.ts';
import type { Visit } from './visit.ts';

const daySeconds = 86_400;

/** Returns the nature of the provider's grants in sentences, as its connector declares it. */
export function providerNotes({ connector, provider }: AccountView, { say, locale }: Visit): HtmlPart {
  if (!connector) return undefined;
  const { how, rotation, absoluteCap, refreshLifetime } = connector.refresh;
  const inDays = (seconds: number) => ({ days: String(Math.round(seconds / daySeconds)) });
  const sentences = [
    say(texts[`how.${how}`]),
    how === 'refresh_token' && say(texts[`rotation.${rotation}`]),
    refreshLifetime !== undefined && say(texts.idle, inDays(refreshLifetime)),
    absoluteCap !== undefined && say(texts.cap, inDays(absoluteCap)),
  ].filter((sentence) => sentence !== false);
  const { manageAccess } = connector;
  const url = typeof manageAccess?.url === 'string' ? manageAccess.url : undefined;
  const menu = manageAccess?.menu?.[locale];
  return html`<section class="card"><h2>${say(identityTexts.notes, { provider })}</h2>
<ul>${sentences.map((sentence) => html`<li>${sentence}</li>`)}
${(url ?? menu) && html`<li>${say(texts.manage)} ${menu ?? html`<code>${url}</code>`}</li>`}</ul></section>`;
}
