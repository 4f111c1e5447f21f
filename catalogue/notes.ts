import { readFileSync } from 'node:fs';
import type { Entry } from './entries.ts';

/** The section of a provider's page that the console shows beside an account. */
const section = 'How they end';

/** Returns the text of `src/connectors/provider-notes.json`: that section of each page, a string for each paragraph or point. */
export function notesFile(entries: readonly Entry[]): string {
  const notes = entries.map(({ provider, page }) => [provider, notesIn(readFileSync(page, 'utf8'))]);
  return `${JSON.stringify(Object.fromEntries(notes), null, 2)}\n`;
}

function notesIn(page: string): readonly string[] {
  const [, after = ''] = page.split(`\n## ${section}\n`);
  const [text = ''] = after.split('\n## ');
  return text
    .split(/\n\n|\n(?=- )/)
    .map((paragraph) => plain(paragraph.replace(/^- /, '').trim()))
    .filter((paragraph) => paragraph !== '');
}

/** Only code stays marked. A link is its words, since the image has no docs. */
function plain(markdown: string): string {
  return markdown
    .split(/(`[^`]*`)/)
    .map((part) =>
      part.startsWith('`')
        ? part
        : part
            .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
            .replace(/\*\*|(?<!\w)_|_(?!\w)/g, '')
            .replace(/\s+/g, ' '),
    )
    .join('');
}
