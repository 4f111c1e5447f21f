import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale } from '../../kit/locale.ts';
import type { DemoConnection } from '../options.ts';
import { texts } from '../texts.ts';

/** The number of connections shown at first. */
const atOnce = 8;

/** The page for a visitor who is not signed in. */
export function homePage(known: readonly DemoConnection[], locale: Locale): Html {
  const connections = known.filter(({ inAppOnly }) => !inAppOnly);
  const { compare } = new Intl.Collator(locale);
  const further = connections.slice(atOnce).sort((a, b) => compare(a.title[locale], b.title[locale]));
  return html`<h1>${texts.headline[locale]}</h1>
<p>${texts.about1[locale]} ${texts.about2[locale]} ${texts.about3[locale]}</p>
<form class="stack" action="/sign-in">
<button>${texts.signIn[locale]}</button>
${connections.length > 0 && html`<p class="quiet">${texts.or[locale]}</p>`}
<div class="ways">${connections.slice(0, atOnce).map((connection) => signInButton(connection, locale))}</div>
${further.length > 0 && html`<details><summary>${texts.moreWays[locale]}</summary><div class="ways">${further.map((connection) => signInButton(connection, locale))}</div></details>`}
</form>`;
}

function signInButton({ alias, title }: DemoConnection, locale: Locale): Html {
  const words = fill(texts.signInWith, locale, { provider: title[locale] });
  return html`<button class="plain" name="connection" value="${alias}">${words}</button>
`;
}
