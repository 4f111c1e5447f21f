import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale } from '../../kit/locale.ts';
import type { DemoConnection } from '../options.ts';
import { texts } from '../texts.ts';
import { ways } from './ways.ts';

/** The page for a visitor who is not signed in. */
export function homePage(known: readonly DemoConnection[], locale: Locale): Html {
  const connections = known.filter(({ inAppOnly }) => !inAppOnly);
  return html`<h1>${texts.headline[locale]}</h1>
<ol class="quiet steps"><li>${texts.about1[locale]}</li><li>${texts.about2[locale]}</li><li>${texts.about3[locale]}</li></ol>
<form class="stack" action="/sign-in">
<button>${texts.signIn[locale]}</button>
${connections.length > 0 && html`<p class="quiet">${texts.or[locale]}</p>`}
${ways(connections, locale, (title) => fill(texts.signInWith, locale, { provider: title }))}
</form>`;
}
