import { displayText } from '../../http/display-text.ts';
import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { bracketed, fillHtml, labelled, listed } from '../../kit/phrases.ts';
import { texts } from '../provider/texts.ts';
import type { AppAbout } from '../registry/app.ts';
import type { ConsentItem } from './consent-items.ts';
import { recipientSection } from './recipient.ts';

export interface ConsentPage {
  readonly uid: string;
  readonly appName: string;
  /** The facts about the operator of the app. */
  readonly about: AppAbout | null | undefined;
  readonly personName: string | null;
  readonly items: readonly ConsentItem[];
  /** The ids of the connections that the page is about. */
  readonly connections: string;
  /** The hidden field that binds the form to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
}

/** The largest number of unlinked accounts that get a line each. */
const fewUnlinked = 4;

/** Returns the consent page: the app, the scopes it asks for, and the linked accounts it would use. */
export function consentPage(page: ConsentPage): Page {
  const { uid, appName, about, personName, items, connections, token, locale } = page;
  const say = (text: Text) => text[locale];
  const unlinked = items.filter((item) => item.kind === 'account' && item.accounts.length === 0);
  const usableItems = items.filter((item) => !unlinked.includes(item));
  const body = html`<h1>${say(texts.consent)}</h1>
<p>${fillHtml(texts.wants, locale, { app: displayText(appName) })}</p>
<ul class="card">
${lines(unlinked.length > fewUnlinked ? usableItems : items, locale)}</ul>
${unlinked.length > fewUnlinked && furtherAccounts(unlinked, locale)}
${personName && html`<p class="quiet">${fillHtml(texts.signedInAs, locale, { person: displayText(personName) }, named)}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/consent">
${token}
<input type="hidden" name="connections" value="${connections}">
${recipientSection(about, items, locale)}
<button name="decision" value="allow">${say(texts.allow)}</button>
<button class="plain" name="decision" value="deny">${say(texts.deny)}</button>
</form>`;
  return { title: say(texts.consent), locale, body };
}

/** Lists many unlinked accounts by name, in a folded list. */
function furtherAccounts(unlinked: readonly ConsentItem[], locale: Locale): Html {
  const names = [
    ...new Set(unlinked.map((item) => (item.kind === 'account' ? item.names.title[locale] : ''))),
  ];
  const { compare } = new Intl.Collator(locale);
  return html`<details class="card"><summary>${bracketed(texts.useLater[locale], String(names.length), locale)}</summary>
<p>${listed(names.sort(compare), locale)}</p></details>`;
}

function lines(items: readonly ConsentItem[], locale: Locale): readonly Html[] {
  return items.map(
    (item) => html`<li>${line(item, locale)}</li>
`,
  );
}

function line(item: ConsentItem, locale: Locale): Html {
  if (item.kind === 'words') return html`${item.text[locale]}`;
  if (item.kind === 'api') return named(displayText(labelled(item.api, item.description, locale), 300));
  const { names, accounts, away } = item;
  const values = {
    platform: names.platform[locale],
    account: names.account[locale],
    names:
      accounts.length > 0
        ? listed(
            accounts.map((name) => displayText(name)),
            locale,
          )
        : texts.notLinked[locale],
  };
  const use = fillHtml(texts.useAccount, locale, values, (value, name) =>
    name === 'names' ? html`<b class="name">${value}</b>` : html`${value}`,
  );
  return html`${use}${away && html`<br><span class="quiet">${texts.useAway[locale]}</span>`}`;
}

function named(value: string): Html {
  return html`<span class="name">${value}</span>`;
}
