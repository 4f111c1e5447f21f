import { displayText } from '../http/display-text.ts';
import { html } from '../kit/html.ts';
import { fill, type Locale } from '../kit/locale.ts';
import { frameTexts as texts } from './frame-texts.ts';
import { signInAddress } from './sign-in.ts';
import { texts as roleTexts } from './texts.ts';
import type { View } from './visit.ts';

/** Returns the page for a person who is signed in and has no role. */
export function noRoleView(locale: Locale, name: string | null): View {
  const title = texts.noRoleTitle[locale];
  const shown = name === null ? roleTexts.nameless[locale] : displayText(name);
  const body = html`<h1>${title}</h1>
<p>${fill(texts.noRole, locale, { name: shown })}</p>
<p class="stack"><a class="button" href="/account">${texts.toAccount[locale]}</a>
<a class="button plain" href="${signInAddress('/console', { fresh: true })}">${texts.otherPerson[locale]}</a></p>`;
  return { title, body, status: 403 };
}

export function signedOutView(locale: Locale): View {
  const title = texts.signedOutTitle[locale];
  const body = html`<h1>${title}</h1>
<p class="stack"><a class="button" href="${signInAddress('/console')}">${texts.signIn[locale]}</a></p>`;
  return { title, body };
}
