import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// The rows without the headings.
const lines = readFileSync('docs/clients.md', 'utf8').match(/^\| `.*$/gm) ?? [];
const rows = lines.map((line) => line.split('|').map((cell) => cell.trim().replace(/^`|`$/g, '')));

it.each(rows)('%s%s %s is the tested version', (_, name = '', version, ...cells) => {
  const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  expect(packages[`node_modules/${name}`].version).toBe(version);
  const shown = readFileSync(`${cells.at(-2)}.test.ts`, 'utf8');
  // The package is imported, or served to a browser as a file of the package.
  expect(shown).toMatch(new RegExp(`(from '|node_modules/|resolve\\('?)${name}['/]`));
});

it('every tested client has a row', () => {
  const tried = readdirSync('test/clients').filter((file) => file.endsWith('.test.ts'));
  const told = rows.map((row) => `${row.at(-2)?.split('/').at(-1)}.test.ts`);
  expect(tried.filter((file) => file !== 'table.test.ts' && !told.includes(file))).toEqual([]);
});
