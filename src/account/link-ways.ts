import { type ConnectionChoice, connectionChoices } from '../http/connection-choices.ts';
import type { App } from '../issuance/registry/app.ts';
import { type Html, html } from '../kit/html.ts';
import type { Locale } from '../kit/locale.ts';
import { bracketed } from '../kit/phrases.ts';
import { labelOf } from '../login/connection-label.ts';
import type { Connection } from '../login/connections.ts';
import { texts } from './texts.ts';

export interface LinkWays {
  readonly locale: Locale;
  /** The hidden field with the CSRF token. */
  readonly csrf: Html;
  /** The app that sent the person to the account page. */
  readonly app: App | undefined;
  /** The words that the person searches for. */
  readonly query: string;
}

/** More are found by the search only. */
const mostListed = 100;

/** Returns the ways to link a further account: the first few, a search where there are many, and the others folded. */
export function linkWays(offered: readonly Connection[], about: LinkWays): Html {
  const { locale, query } = about;
  const { first, further, searchable } = connectionChoices(
    offered.map((connection) => labelOf(connection)),
    locale,
    { query },
  );
  const forms = (choices: readonly ConnectionChoice[]) =>
    html`<div class="ways">${choices.map((choice) => linkForm(choice, about))}</div>`;
  const search = searchable && searchForm(about);
  if (query !== '') {
    const shown = first.slice(0, mostListed);
    return html`${shown.length > 0 ? forms(shown) : html`<p>${texts.linkNone[locale]}</p>`}${search}
<p><a href="/account">${texts.linkAll[locale]}</a></p>`;
  }
  const listed = further.slice(0, mostListed);
  return html`${forms(first)}${search}${
    further.length > 0 &&
    html`<details><summary>${bracketed(texts.linkMore[locale], String(further.length), locale)}</summary>${forms(listed)}</details>`
  }`;
}

function searchForm({ locale, query, app }: LinkWays): Html {
  const kept = app && html`<input type="hidden" name="app" value="${app.id}">`;
  return html`<form class="stack search" action="/account" role="search">${kept}<label>${texts.linkSearch[locale]}<input type="search" name="q" value="${query}" maxlength="60" autocomplete="off"></label>
<button class="plain">${texts.search[locale]}</button></form>`;
}

function linkForm({ alias, label, mark }: ConnectionChoice, { csrf, app }: LinkWays): Html {
  const query = app ? `?${new URLSearchParams({ app: app.id })}` : '';
  return html`<form method="post" action="/account/link/${alias}${query}">${csrf}<button class="way">${mark}<span>${label}</span></button></form>`;
}
