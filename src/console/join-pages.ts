import { stepPage } from '../account/step-pages.ts';
import type { Role } from '../admin/roles.ts';
import { displayText } from '../http/display-text.ts';
import type { Page } from '../http/page.ts';
import { type Html, html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { joinPath } from './paths.ts';
import { texts } from './texts.ts';

export interface JoinView {
  readonly locale: Locale;
  readonly host: string;
  readonly role: Role;
}

function titleOf({ locale, host, role }: JoinView): string {
  return fill(texts.joinTitle, locale, { host, role: texts[role][locale] });
}

/** Returns the page for a browser in which no person has signed in within the last minutes. */
export function signInFirstPage(view: JoinView, signInUrl: string): Page {
  const { locale } = view;
  const title = titleOf(view);
  const body = html`<h1>${title}</h1>
<p>${texts.joinSignIn[locale]}</p>
<p class="stack"><a class="button" href="${signInUrl}">${texts.signIn[locale]}</a></p>`;
  return { title, locale, body };
}

export interface Confirmation {
  readonly name: string | null;
  readonly csrf: Html;
  readonly otherUrl: string;
}

/** Returns the page on which the signed-in person accepts. */
export function confirmPage(view: JoinView, { name, csrf, otherUrl }: Confirmation): Page {
  const { locale } = view;
  const shown = name === null ? texts.nameless[locale] : displayText(name);
  return stepPage({
    locale,
    title: titleOf(view),
    explanation: [
      fill(texts.joinAs, locale, { name: shown }),
      texts.joinHint[locale],
      html`<a href="${otherUrl}">${texts.signInAgain[locale]}</a>`,
    ],
    action: joinPath,
    button: texts.joinButton[locale],
    csrf,
    back: '/account',
  });
}

/** Returns the page for a person whose role includes the offered one. */
export function hasRolePage(view: JoinView, role: Role, otherUrl: string): Page {
  const { locale } = view;
  const title = titleOf(view);
  const body = html`<h1>${title}</h1>
<p>${fill(texts.hasRole, locale, { role: texts[role][locale] })}</p>
<p class="stack"><a class="button" href="/account">${texts.notMe[locale]}</a>
<a class="button plain" href="${otherUrl}">${texts.signInAgain[locale]}</a></p>`;
  return { title, locale, body };
}

export function welcomePage(locale: Locale, role: Role): Page {
  const title = texts.welcomeTitle[locale];
  const body = html`<h1>${title}</h1>
<p>${fill(texts.welcome, locale, { role: texts[role][locale] })}</p>
<p class="stack"><a class="button" href="/console">${texts.toConsole[locale]}</a>
<a class="button plain" href="/docs">${texts.reference[locale]}</a></p>`;
  return { title, locale, body };
}

/** Returns the one page for every link that does not work, so that a guess learns nothing. */
export function gonePage(locale: Locale): Page {
  const title = texts.goneTitle[locale];
  const body = html`<h1>${title}</h1>
<p>${texts.gone[locale]}</p>`;
  return { title, locale, body };
}
