import { displayText } from '../../http/display-text.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale } from '../../kit/locale.ts';
import { inBoth } from '../../kit/localized.ts';
import { fillHtml } from '../../kit/phrases.ts';
import { recipientTexts as texts } from '../provider/recipient-texts.ts';
import type { AppAbout } from '../registry/app.ts';
import type { AccountItem } from './consent-items.ts';

/**
 * Returns whether each account needs a consent of its own. The law of mainland China (PIPL, article 23) wants one where
 * another party gets the data, and lists what the person has to be told. An app that states all of it asks in this way.
 */
export function needsSeparateConsent(about: AppAbout | null | undefined): about is AppAbout {
  return Boolean(about?.owner && about.contact && about.purpose && about.kinds);
}

/** The name of the field that holds the consent for one connection. */
export const shareField = (alias: string) => `share_${alias}`;

/** Returns the facts about the operator of the app, with a box for each account where these need one. */
export function recipientSection(
  about: AppAbout | null | undefined,
  accounts: readonly AccountItem[],
  locale: Locale,
): Html | undefined {
  if (!about?.owner) return undefined;
  const { owner, contact, purpose, kinds, privacy, terms } = about;
  const none = { en: '', zh: '' };
  const facts = [
    [texts.owner, owner],
    [texts.contact, contact],
    [texts.purpose, inBoth(purpose, none)[locale]],
    [texts.kinds, inBoth(kinds, none)[locale]],
  ] as const;
  const links = [
    [texts.privacy, privacy],
    [texts.terms, terms],
  ] as const;
  const isSeparate = needsSeparateConsent(about);
  return html`<section class="card"><h2>${(isSeparate ? texts.title : texts.facts)[locale]}</h2>
<dl>${facts.map(([label, fact]) => fact && html`<dt>${label[locale]}</dt><dd class="name">${displayText(fact, 300)}</dd>`)}</dl>
<p>${links.map(([label, url]) => url && html`<a href="${url}" target="_blank" rel="noopener">${label[locale]}</a> `)}</p>
${isSeparate && accounts.map((item) => box(item, owner, locale))}
${isSeparate && accounts.length > 0 && html`<p class="quiet">${texts.unticked[locale]}</p>`}
</section>`;
}

function box({ alias, names }: AccountItem, owner: string, locale: Locale): Html {
  const values = { account: names.account[locale], owner: displayText(owner) };
  return html`<label class="tick"><input type="checkbox" name="${shareField(alias)}" value="yes"> <span>${fillHtml(texts.share, locale, values)}</span></label>
`;
}
