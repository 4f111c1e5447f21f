import { type Html, html } from '../../kit/html.ts';
import type { Locale, Text } from '../../kit/locale.ts';
import { texts } from '../texts.ts';

/** A failure, as a page shows it. */
export interface Trouble {
  readonly status: number;
  readonly text: Text;
  readonly code?: string | undefined;
  readonly description?: string | undefined;
}

export function troublePage({ text, code, description }: Trouble, locale: Locale): Html {
  return html`<h1>${text[locale]}</h1>
${code !== undefined && html`<p class="card quiet"><code>${code}</code>${description !== undefined && ` – ${description}`}</p>`}
<form action="/"><button>${texts.startAgain[locale]}</button></form>`;
}
