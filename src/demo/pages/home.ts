import { type Html, html } from '../../kit/html.ts';
import type { Locale } from '../locale.ts';
import type { DemoConnection } from '../options.ts';
import { texts } from '../texts.ts';

/** Nobody is signed in: what this is, and the ways in. */
export function homePage(connections: readonly DemoConnection[], locale: Locale): Html {
  return html`<h1>${texts.headline[locale]}</h1>
<p>${texts.about1[locale]} ${texts.about2[locale]} ${texts.about3[locale]}</p>
<form class="stack" action="/sign-in">
<button>${texts.signIn[locale]}</button>
${connections.length > 0 && html`<p class="quiet">${texts.or[locale]}</p>`}
${connections.map((connection) => signInButton(connection, locale))}
</form>`;
}

function signInButton({ alias, title }: DemoConnection, locale: Locale): Html {
  const words = `${texts.signInWith[locale]} ${title}`;
  return html`<button class="plain" name="connection" value="${alias}">${words}</button>
`;
}
