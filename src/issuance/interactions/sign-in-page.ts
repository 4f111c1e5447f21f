import type { Locale, Text } from '../../http/locale.ts';
import type { Page } from '../../http/page.ts';
import { displayText } from '../../http/untrusted.ts';
import { type Html, html } from '../../kit/html.ts';
import type { SignInConnection } from '../ports.ts';
import { texts } from '../texts.ts';

export interface SignInPage {
  readonly uid: string;
  readonly appName: string;
  readonly connections: readonly SignInConnection[];
  /** The hidden field that binds the forms to this interaction. */
  readonly token: Html;
  readonly locale: Locale;
  /** What went wrong before, and with which connection. */
  readonly notice?: { readonly text: Text; readonly connection?: string | undefined } | undefined;
}

/** So many are shown without asking. */
const atOnce = 8;

/** One form, one button for each way to sign in. */
export function signInPage({ uid, appName, connections, token, locale, notice }: SignInPage): Page {
  const say = (text: Text) => text[locale];
  const choice = ({ alias, title }: SignInConnection) => {
    const twins = connections.filter((other) => say(other.title) === say(title)).length > 1;
    return html`<button name="connection" value="${alias}">${say(texts.continueWith)} ${say(title)}${twins && ` (${alias})`}</button>
`;
  };
  const further = connections.slice(atOnce);
  const choices = html`${connections.slice(0, atOnce).map(choice)}${
    further.length > 0 &&
    html`<details><summary>${say(texts.moreWays)}</summary><div class="stack">${further.map(choice)}</div></details>`
  }`;
  const chooser = html`<form class="stack" method="post" action="/interaction/${uid}/connect">
${token}
${choices}</form>`;
  const body = html`<h1>${say(texts.signIn)}</h1>
${notice && html`<p class="notice">${quoted(notice.connection)} ${say(notice.text)} ${say(texts.chooseAnother)}</p>`}
<p class="quiet">${say(texts.to)} <b class="name">${displayText(appName)}</b></p>
${connections.length > 0 ? chooser : html`<p>${say(texts.noConnections)}</p>`}
<form class="stack" method="post" action="/interaction/${uid}/cancel">
${token}
<button class="plain">${say(texts.cancel)}</button>
</form>`;
  return { title: say(texts.signIn), locale, body };
}

function quoted(connection: string | undefined): Html | undefined {
  return connection === undefined ? undefined : html`<b class="name">${displayText(connection)}</b>`;
}
