import { displayText } from '../../http/display-text.ts';
import { markOf } from '../../http/marks.ts';
import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale } from '../../kit/locale.ts';
import { fillHtml, listed } from '../../kit/phrases.ts';
import { texts } from '../provider/texts.ts';
import type { Choice } from './choices.ts';
import type { AccountItem } from './consent-items.ts';
import { consentTexts } from './consent-texts.ts';

/** Returns an account, what the app may do with it in words, and the use while the person is away as a line of its own. */
export function accountCard(
  { api, scope, names, accounts, scopes, away }: AccountItem,
  locale: Locale,
  choice?: Choice,
): Html {
  const linked = listed(
    accounts.map((name) => displayText(name)),
    locale,
  );
  const values = {
    platform: names.platform[locale],
    account: names.account[locale],
    names: accounts.length > 0 ? linked : texts.notLinked[locale],
    api: displayText(api),
  };
  const useText = api === undefined ? texts.useAccount : consentTexts.useByApi;
  const use = fillHtml(useText, locale, values, (value, name) =>
    name === 'names' || name === 'api' ? html`<b class="name">${value}</b>` : html`${value}`,
  );
  const words = [...new Set(scopes.flatMap((one) => (one.words ? [one.words[locale]] : [])))];
  const [now, later, may] =
    api === undefined
      ? [consentTexts.letUse, consentTexts.letUseLater, consentTexts.may]
      : [consentTexts.letApiUse, consentTexts.letApiUseLater, consentTexts.apiMay];
  const useWords = fill(accounts.length > 0 ? now : later, locale, values);
  const technical = [scope, ...scopes.map(({ name }) => name)];
  return html`<section class="card asked">${names.label && markOf(names.label, locale)}<div><h2>${use}</h2>
${words.length > 0 && html`<p class="quiet">${fill(may, locale, values)}</p><ul>${words.map((word) => html`<li>${word}</li>`)}</ul>`}
${away && html`<p class="away">${consentTexts.useAway[locale]}</p>`}
<details><summary>${consentTexts.technical[locale]}</summary><p>${technical.map((name) => html`<code>${displayText(name, 200)}</code> `)}</p></details>${choice && boxOf(choice, html`${useWords}`)}</div></section>
`;
}

/** Returns the box of a choice. */
export function boxOf({ field, isTicked }: Choice, words: Html): Html {
  return html`<label class="tick"><input type="checkbox" name="${field}" value="yes"${isTicked && html` checked`}> <span>${words}</span></label>
`;
}
