import { displayText } from '../../http/display-text.ts';
import { markOf } from '../../http/marks.ts';
import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { fillHtml, labelled, listed } from '../../kit/phrases.ts';
import { texts } from '../provider/texts.ts';
import type { AppAbout } from '../registry/app.ts';
import type { ConsentItem } from './consent-items.ts';
import { consentTexts } from './consent-texts.ts';
import { recipientSection } from './recipient.ts';

export interface ConsentPage {
  readonly uid: string;
  readonly appName: string;
  /** The facts about the operator of the app. */
  readonly about: AppAbout | null | undefined;
  /** The host of the redirect URI, which the broker has checked. */
  readonly host: string | undefined;
  readonly personName: string | null;
  readonly items: readonly ConsentItem[];
  /** The scopes that the person has not allowed before. */
  readonly missing: ReadonlySet<string>;
  /** The ids of the connections that the page is about. */
  readonly connections: string;
  /** The hidden field that binds the form to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
}

type AccountItem = Extract<ConsentItem, { readonly kind: 'account' }>;

/** Returns the consent page: the app and who runs it, the person's data, the services, and one card for each account. */
export function consentPage(page: ConsentPage): Page {
  const { uid, appName, about, personName, items, missing, connections, token, locale } = page;
  const say = (text: Text) => text[locale];
  const accounts = items.filter((item) => item.kind === 'account');
  // An account that the app has already stays with it, so a box without a tick would say what is not so.
  const asked = accounts.filter(({ scope }) => missing.has(scope));
  const body = html`<h1>${say(texts.consent)}</h1>
<p>${fillHtml(texts.wants, locale, { app: displayText(appName) })}</p>
${runBy(page)}
${group(
  consentTexts.about,
  items.filter((item) => item.kind === 'words'),
  locale,
)}
${group(
  consentTexts.apis,
  items.filter((item) => item.kind === 'api'),
  locale,
)}
${accounts.map((item) => accountCard(item, locale))}
${personName && html`<p class="quiet">${fillHtml(texts.signedInAs, locale, { person: displayText(personName) }, named)}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/consent">
${token}
<input type="hidden" name="connections" value="${connections}">
${recipientSection(about, asked, locale)}
<button name="decision" value="allow">${say(texts.allow)}</button>
<button class="plain" name="decision" value="deny">${say(texts.deny)}</button>
</form>`;
  return { title: say(texts.consent), locale, body };
}

function runBy({ about, host, locale }: ConsentPage): Html | undefined {
  if (host === undefined) return undefined;
  const { owner } = about ?? {};
  const text = owner === undefined ? consentTexts.runBy : consentTexts.runByOwner;
  return html`<p class="quiet">${fillHtml(text, locale, { host, owner: displayText(owner) })}</p>`;
}

function group(title: Text, items: readonly ConsentItem[], locale: Locale): Html | undefined {
  if (items.length === 0) return undefined;
  const lines = items.map((item) => {
    if (item.kind === 'words')
      return html`<li>${item.text[locale]}</li>
`;
    const said = item.kind === 'api' ? displayText(labelled(item.api, item.description, locale), 300) : '';
    return html`<li>${named(said)}</li>
`;
  });
  return html`<section class="card"><h2>${title[locale]}</h2><ul>
${lines}</ul></section>`;
}

/** Shows an account, what the app may do with it in words, and the use while the person is away as a line of its own. */
function accountCard({ scope, names, accounts, scopes, away }: AccountItem, locale: Locale): Html {
  const linked = listed(
    accounts.map((name) => displayText(name)),
    locale,
  );
  const values = {
    platform: names.platform[locale],
    account: names.account[locale],
    names: accounts.length > 0 ? linked : texts.notLinked[locale],
  };
  const use = fillHtml(texts.useAccount, locale, values, (value, name) =>
    name === 'names' ? html`<b class="name">${value}</b>` : html`${value}`,
  );
  const words = [...new Set(scopes.flatMap((one) => (one.words ? [one.words[locale]] : [])))];
  const technical = [scope, ...scopes.map(({ name }) => name)];
  return html`<section class="card asked">${names.label && markOf(names.label, locale)}<div><h2>${use}</h2>
${words.length > 0 && html`<p class="quiet">${consentTexts.may[locale]}</p><ul>${words.map((word) => html`<li>${word}</li>`)}</ul>`}
${away && html`<p class="away">${consentTexts.useAway[locale]}</p>`}
<details><summary>${consentTexts.technical[locale]}</summary><p>${technical.map((name) => html`<code>${displayText(name, 200)}</code> `)}</p></details></div></section>
`;
}

function named(value: string): Html {
  return html`<span class="name">${value}</span>`;
}
