import { callCard } from '../../http/call-facts.ts';
import { displayText } from '../../http/display-text.ts';
import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { fillHtml, labelled } from '../../kit/phrases.ts';
import { texts } from '../provider/texts.ts';
import type { AppAbout } from '../registry/app.ts';
import { apiWordsIn } from '../registry/own-api-words.ts';
import { type AskedCall, accountField } from '../tokens/call-details.ts';
import { accountCard, boxOf } from './account-card.ts';
import { type AppOrigin, appOrigin } from './app-origin.ts';
import type { Choice } from './choices.ts';
import type { AccountItem, ApiItem, ConsentItem } from './consent-items.ts';
import { consentTexts } from './consent-texts.ts';
import { needsSeparateConsent, recipientSection } from './recipient.ts';

export interface ShownFields {
  /** The ids of the connections, and the names of the boxes. */
  readonly connections: string;
  /** The scopes that the answer can give, each with the place of its resource. */
  readonly scopes: string;
  /** The hash of what the page says about the app, the APIs and the accounts. */
  readonly facts: string;
  /** The digest of the calls. */
  readonly calls: string;
}

export interface ConsentPage {
  readonly uid: string;
  readonly appName: string;
  /** The facts about the operator of the app. */
  readonly about: AppAbout | null | undefined;
  readonly origin: AppOrigin;
  readonly personName: string | null;
  readonly items: readonly ConsentItem[];
  /** The lines that have a box: the person may leave them out. */
  readonly choices: readonly Choice[];
  /** The exact calls that the app asks for. */
  readonly calls: readonly AskedCall[];
  /** What the page shows, as the form sends it back. */
  readonly shown: ShownFields;
  /** The hidden field that binds the form to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
}

/** Returns the consent page: the app and who runs it, the person's data, the services, and one card for each account. */
export function consentPage(page: ConsentPage): Page {
  const { uid, appName, about, personName, items, choices, calls, shown, token, locale } = page;
  const say = (text: Text) => text[locale];
  const accounts = items.filter((item) => item.kind === 'account');
  const apis = items.filter((item) => item.kind === 'api');
  // A separate consent has its boxes beside the facts about the recipient.
  const separate = needsSeparateConsent(about)
    ? accounts.filter((item) => item.api === undefined && choiceOf(item, choices))
    : [];
  const chosen = [...apis, ...accounts].filter(
    (item) => choiceOf(item, choices) && !separate.some((one) => one === item),
  );
  const isFixed = (item: ConsentItem) => !chosen.some((one) => one === item);
  const body = html`<h1>${say(texts.consent)}</h1>
<p>${fillHtml(texts.wants, locale, { app: displayText(appName) })}</p>
${appOrigin(page.origin, locale)}
${group(
  consentTexts.about,
  items.filter((item) => item.kind === 'words'),
  locale,
)}
${group(consentTexts.apis, apis.filter(isFixed), locale)}
${accounts.filter(isFixed).map((item) => accountCard(item, locale))}
${personName && html`<p class="quiet">${fillHtml(texts.signedInAs, locale, { person: displayText(personName) }, named)}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/consent">
${token}
<input type="hidden" name="connections" value="${shown.connections}">
<input type="hidden" name="scopes" value="${shown.scopes}">
<input type="hidden" name="facts" value="${shown.facts}">
${calls.length > 0 && html`<input type="hidden" name="calls" value="${shown.calls}">${callsSection(calls, locale)}`}
${choiceSection(chosen, choices, locale)}
${recipientSection(about, separate, locale)}
<button name="decision" value="allow">${say(texts.allow)}</button>
<button class="plain" name="decision" value="deny">${say(texts.deny)}</button>
</form>`;
  return { title: say(texts.consent), locale, body };
}

function choiceOf(item: AccountItem | ApiItem, choices: readonly Choice[]): Choice | undefined {
  return choices.find(({ resource, scope }) => scope === item.scope && resource === item.resource);
}

function callsSection(calls: readonly AskedCall[], locale: Locale): Html {
  return html`<section class="stack"><div><h2>${consentTexts.calls[locale]}</h2>
<p class="quiet">${consentTexts.exactly[locale]}</p></div>
${calls.map((call, index) => callCard(call, { index, calls: calls.length, field: accountField(index) }, locale))}</section>`;
}

function choiceSection(
  chosen: readonly (AccountItem | ApiItem)[],
  choices: readonly Choice[],
  locale: Locale,
): Html | undefined {
  if (chosen.length === 0) return undefined;
  const lines = chosen.map((item) => {
    const choice = choiceOf(item, choices);
    if (item.kind === 'account') return accountCard(item, locale, choice);
    return choice && boxOf(choice, apiWords(item, locale));
  });
  return html`<section class="stack choices"><div><h2>${consentTexts.choose[locale]}</h2>
<p class="quiet">${consentTexts.unticked[locale]}</p></div>
${lines}</section>`;
}

function apiWords({ api, description }: ApiItem, locale: Locale): Html {
  return named(displayText(labelled(apiWordsIn(api, locale), apiWordsIn(description, locale), locale), 300));
}

function group(title: Text, items: readonly ConsentItem[], locale: Locale): Html | undefined {
  if (items.length === 0) return undefined;
  const lines = items.map((item) => {
    if (item.kind === 'words')
      return html`<li>${item.text[locale]}</li>
`;
    return html`<li>${item.kind === 'api' && apiWords(item, locale)}</li>
`;
  });
  return html`<section class="card"><h2>${title[locale]}</h2><ul>
${lines}</ul></section>`;
}

function named(value: string): Html {
  return html`<span class="name">${value}</span>`;
}
