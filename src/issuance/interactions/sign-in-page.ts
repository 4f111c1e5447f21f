import { connectionChoices } from '../../http/connection-choices.ts';
import { displayText } from '../../http/display-text.ts';
import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { fill } from '../../kit/locale.ts';
import { bracketed, fillHtml } from '../../kit/phrases.ts';
import type { SignInConnection } from '../ports.ts';
import { texts } from '../provider/texts.ts';

export interface SignInPage {
  readonly uid: string;
  readonly appName: string;
  readonly connections: readonly SignInConnection[];
  /** The hidden field that binds the forms to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
  /** The failure of the attempt before, and the title of its connection. */
  readonly notice?: { readonly text: Text; readonly title?: Text | undefined } | undefined;
}

/** Returns the page: one form with a button for each connection. */
export function signInPage({ uid, appName, connections, token, locale, notice }: SignInPage): Page {
  const say = (text: Text) => text[locale];
  const { first, further } = connectionChoices(connections, locale);
  const continueWith = (label: string) => fill(texts.continueWith, locale, { provider: label });
  const choices = html`${first.map(
    ({
      alias,
      label,
      obstacle,
      buttonWords,
    }) => html`<button name="connection" value="${alias}">${buttonWords ?? continueWith(label)}</button>
${obstacle && html`<p class="quiet">${obstacle}</p>`}`,
  )}${
    further.length > 0 &&
    html`<details><summary>${bracketed(say(texts.moreWays), String(further.length), locale)}</summary><div class="ways">${further.map(
      ({
        alias,
        label,
        obstacle,
      }) => html`<button class="plain" name="connection" value="${alias}">${label}</button>
${obstacle && html`<p class="quiet">${obstacle}</p>`}`,
    )}</div></details>`
  }`;
  const chooser = html`<form class="stack" method="post" action="/interaction/${uid}/connect">
${token}
${choices}</form>`;
  const body = html`<h1>${say(texts.signIn)}</h1>
${notice && html`<p class="notice">${fillHtml(notice.text, locale, { name: displayText(notice.title?.[locale]) })}${locale === 'en' && ' '}${say(texts.chooseAnother)}</p>`}
<p class="quiet">${fillHtml(texts.to, locale, { app: displayText(appName) })}</p>
${connections.length > 0 ? chooser : html`<p>${say(texts.noConnections)}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/cancel">
${token}
<button class="plain">${say(texts.cancel)}</button>
</form>`;
  return { title: say(texts.signIn), locale, body };
}
