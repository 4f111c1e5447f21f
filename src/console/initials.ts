import { displayText } from '../http/display-text.ts';
import { type Html, html } from '../kit/html.ts';

/**
 * Returns a picture of a person: initials. The server of a provider's picture must not learn whom an admin looks at.
 */
export function initials(name: string | null): Html {
  const words = displayText(name).split(' ').filter(Boolean);
  const [first = '·', second = ''] = words.map((word) => Array.from(word)[0] ?? '');
  return html`<span class="initials" aria-hidden="true">${first + second}</span>`;
}
