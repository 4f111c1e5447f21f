import { displayText } from '../http/display-text.ts';
import { html } from '../kit/html.ts';
import { frameTexts as texts } from './frame-texts.ts';
import type { KeptForms } from './kept-form.ts';
import type { ConsolePage } from './visit.ts';

/** Returns the page that shows a kept form again after the sign-in. Its button sends the form to where it was going. */
export function keptPage(keptForms: KeptForms): ConsolePage {
  return {
    path: '/kept',
    needs: 'self',
    async show({ request, locale, csrf, say }) {
      const title = texts.keptTitle[locale];
      const form = keptForms.find(request);
      if (!form) {
        const body = html`<h1>${title}</h1><p>${texts.nothingKept[locale]}</p>`;
        return { title, body, status: 404 };
      }
      const rows = form.fields.map(
        ([name, value]) => html`<dt>${displayText(name)}</dt><dd>${displayText(value, 400)}
<input type="hidden" name="${name}" value="${value}"></dd>`,
      );
      const secrets = form.secrets.map(
        (name) => html`<div><label for="${name}">${say(texts.keptSecret, { name })}</label>
<input id="${name}" name="${name}" type="password" autocomplete="off" required></div>`,
      );
      const body = html`<h1>${title}</h1>
<p>${texts.kept[locale]}</p>
<form class="stack narrow" method="post" action="${form.path}">${csrf}
<dl>${rows}</dl>${secrets}
<button>${texts.keptSend[locale]}</button></form>
<form class="stack narrow" method="post" action="/console/kept">${csrf}
<button class="plain">${texts.keptDrop[locale]}</button></form>`;
      return { title, body };
    },
    async act({ request }) {
      const path = keptForms.find(request)?.path ?? '/console';
      keptForms.drop(request);
      return path;
    },
  };
}
