import { html } from '../kit/html.ts';
import { appTexts as texts } from './app-texts.ts';
import { listTexts } from './list-texts.ts';
import type { View, Visit } from './visit.ts';

/** Returns the page with a new secret. It is the one answer that has it. */
export function secretView(
  { say }: Visit,
  { secret, id, onward }: { readonly secret: string; readonly id?: string; readonly onward: string },
): View {
  const title = say(texts.secretTitle);
  const copy = html`<button type="button" class="plain small" data-copy="${secret}" data-js hidden>${say(listTexts.copy)}</button>`;
  const body = html`<h1>${title}</h1>
${id !== undefined && html`<p class="copy"><span class="quiet">${say(texts.clientId)}</span> <code>${id}</code></p>`}
<p class="copy card"><code>${secret}</code> ${copy}</p>
<p role="status">${say(texts.secretOnce)}</p>
<p class="actions"><a class="button" href="${onward}">${say(texts.onward)}</a></p>`;
  return { title, body };
}
