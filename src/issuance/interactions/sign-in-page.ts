import { choiceButton, choiceSearch, shortChoiceButton } from '../../http/choice-buttons.ts';
import type { Choices } from '../../http/connection-choices.ts';
import { displayText } from '../../http/display-text.ts';
import type { Page } from '../../http/page.ts';
import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { bracketed, fillHtml } from '../../kit/phrases.ts';
import { texts } from '../provider/texts.ts';

export interface SignInPage {
  readonly uid: string;
  readonly appName: string;
  readonly choices: Choices;
  /** The number of connections that the page offers. */
  readonly count: number;
  /** The hidden field that binds the forms to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
  /** The failure of the attempt before, and the title of its connection. */
  readonly notice?: { readonly text: Text; readonly title?: Text | undefined } | undefined;
}

/** Returns the page: one form with a button for each connection, then a search where there are many. */
export function signInPage({ uid, appName, choices, count, token, locale, notice }: SignInPage): Page {
  const say = (text: Text) => text[locale];
  const { first, further } = choices;
  const list = bracketed(say(texts.moreWays), String(further.length), locale);
  const chooser =
    first.length > 0 &&
    html`<form class="stack" method="post" action="/interaction/${uid}/connect">
${token}
${first.map((choice) => choiceButton(choice, locale))}${
  further.length > 0 &&
  html`<details><summary>${list}</summary><div class="ways">${further.map(shortChoiceButton)}</div></details>`
}</form>`;
  const body = html`<h1>${say(texts.signIn)}</h1>
${notice && html`<p class="notice">${fillHtml(notice.text, locale, { name: displayText(notice.title?.[locale]) })}${locale === 'en' && ' '}${say(texts.chooseAnother)}</p>`}
<p class="quiet">${fillHtml(texts.to, locale, { app: displayText(appName) })}</p>
${count > 0 ? chooser : html`<p>${say(texts.noConnections)}</p>`}
${choiceSearch(choices, { action: `/interaction/${uid}`, count, locale })}
<form class="stack" method="post" action="/interaction/${uid}/cancel">
${token}
<button class="plain">${say(texts.cancel)}</button>
</form>`;
  return { title: say(texts.signIn), locale, body };
}
