import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale } from '../../kit/locale.ts';
import { sentences } from '../../kit/phrases.ts';
import type { Refusal } from '../broker-api.ts';
import { refusals, texts } from '../texts.ts';

/** The refusals that another sign-in can lift: it asks for consent again. */
const signsInAgain = new Set(['insufficient_scope', 'consent_required']);

/** A typed error of the broker, with the way out that it names. */
export function refusalNotice(refusal: Refusal, locale: Locale): Html {
  const { status, code, reason, missing = [], link_url, reauthorize_url } = refusal;
  return html`<section class="card notice">
<p>${saidOf(refusal, locale)}</p>
<p class="quiet"><code>${status} ${code}</code>${reason !== undefined && html` · ${texts.reason[locale]}${locale === 'zh' ? '：' : ': '}<code>${reason}</code>`}${missing.length > 0 && html` · <code>${missing.join(' ')}</code>`}</p>
${signsInAgain.has(code) && html`<form action="/sign-in"><button>${texts.signInAgain[locale]}</button></form>`}
${reauthorize_url !== undefined && html`<a class="button" href="${reauthorize_url}">${texts.reauthorize[locale]}</a>`}
${link_url !== undefined && html`<a class="button" href="${link_url}">${texts.linkIt[locale]}</a>`}
</section>`;
}

function saidOf({ code, detail, wait }: Refusal, locale: Locale): string {
  const said = refusals[code]?.[locale] ?? detail ?? code;
  return wait === undefined
    ? said
    : sentences([said, fill(texts.wait, locale, { seconds: String(wait) })], locale);
}
