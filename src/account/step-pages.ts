import type { Page } from '../http/page.ts';
import { type Html, type HtmlPart, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { texts } from './texts.ts';

/** A second button, with the sentence that explains it. Without a button, only the sentence is shown. */
export interface SecondChoice {
  readonly explanation: Html;
  /** The value of the field `also` that the button submits. */
  readonly value: string;
  readonly button: string | undefined;
}

/** A confirmation page: a title, an explanation, a button and a link back. */
export interface Step {
  readonly locale: Locale;
  readonly title: string;
  readonly explanation: readonly HtmlPart[];
  /** The address of the form: the one at which the page was shown. */
  readonly action: string;
  readonly button: string;
  readonly danger?: boolean;
  readonly also?: SecondChoice | undefined;
  /** Items that need a line each. */
  readonly list?: readonly Html[];
  /** A text that the person has to type. */
  readonly field?: { readonly name: string; readonly label: string };
  readonly csrf: Html;
  /** The address of the link back. */
  readonly back: string;
}

export function stepPage(step: Step): Page {
  const { locale, title, explanation, action, button, danger, also, list = [], field, csrf, back } = step;
  const body = html`<h1 class="name">${title}</h1>
${explanation.map((part) => part && html`<p>${part}</p>`)}
${list.length > 0 && html`<ul class="plain card apps">${list}</ul>`}
<form class="stack" method="post" action="${action}">${csrf}
${field && html`<label>${field.label}<input name="${field.name}" autocomplete="off" autocapitalize="none" required></label>`}
<button class="${danger ? 'danger' : ''}">${button}</button>
${also && html`<p id="also">${also.explanation}</p>`}
${also?.button !== undefined && html`<button class="danger" name="also" value="${also.value}" aria-describedby="also">${also.button}</button>`}
<a class="button plain" href="${back}">${texts.cancel[locale]}</a>
</form>`;
  return { title, locale, body };
}

/** Returns a page that says why nothing was changed, with another way to the person's goal. */
export function refusedPage(
  locale: Locale,
  sentence: string,
  wayOut?: { readonly href: string; readonly label: string },
): Page {
  const title = texts.notWorking[locale];
  const body = html`<h1>${title}</h1>
<p>${sentence}</p>
<p><a class="button" href="/account">${texts.backToAccount[locale]}</a></p>
${wayOut && html`<p><a class="button plain" href="${wayOut.href}">${wayOut.label}</a></p>`}`;
  return { title, locale, body };
}
