import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { entries } from './entries.ts';
import { notesFile } from './notes.ts';
import { indexPage, withDeclaration, withNames } from './pages.ts';

// `npm run provider-pages`: puts what each connector declares into its page, and writes the index, the list in the README and
// the notes for the console.

const missing = entries.flatMap(({ page, connector }) => {
  const written = existsSync(page) ? withDeclaration(readFileSync(page, 'utf8'), connector) : undefined;
  if (written === undefined) return [page];
  writeFileSync(page, written);
  return [];
});
writeFileSync('docs/providers/README.md', indexPage(entries));
const readme = readFileSync('README.md', 'utf8');
writeFileSync('README.md', withNames(readme, entries) ?? readme);
if (missing.length === 0) writeFileSync('src/connectors/provider-notes.json', notesFile(entries));
else {
  console.error(`To be written by hand first, with the two lines of a declaration: ${missing.join(', ')}`);
  process.exitCode = 1;
}
