import { type Html, html } from '../../kit/html.ts';
import { fill, type Locale } from '../../kit/locale.ts';
import type { DemoConnection } from '../options.ts';
import { texts } from '../texts.ts';

/** The number of connections shown at first. */
const atOnce = 8;

/** A button for each connection: the first few in the operator's order, the others folded and by name. */
export function ways(
  connections: readonly DemoConnection[],
  locale: Locale,
  words: (title: string) => string,
): Html {
  const { compare } = new Intl.Collator(locale);
  const further = connections.slice(atOnce).sort((a, b) => compare(a.title[locale], b.title[locale]));
  const button = ({
    alias,
    title,
  }: DemoConnection) => html`<button class="plain" name="connection" value="${alias}">${words(title[locale])}</button>
`;
  const more = fill(texts.moreWays, locale, { count: String(further.length) });
  return html`<div class="ways">${connections.slice(0, atOnce).map(button)}</div>
${further.length > 0 && html`<details><summary>${more}</summary><div class="ways">${further.map(button)}</div></details>`}`;
}
