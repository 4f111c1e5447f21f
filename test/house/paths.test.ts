import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const rooms = readdirSync('src', { withFileTypes: true }).filter((entry) => entry.isDirectory());
const names = rooms.map(({ name }) => name).join('|');
/** A file of `src`, with or without `src/`, and a store also without its ending. */
const path = new RegExp(
  String.raw`(?<![\w/.-])(?:src/)?((?:${names})/[a-z\d/-]+(?:\.ts|-store(?![\w.-])))`,
  'g',
);

function missing(text: string): readonly string[] {
  const files = [...text.matchAll(path)].map(([, file = '']) => file.replace(/(\.ts)?$/, '.ts'));
  return files.filter((file) => !existsSync(`src/${file}`));
}

it('each file of the source that a page names exists', () => {
  const pages = globSync(['README.md', 'docs/**/*.md', 'findings/README.md']);
  expect(pages.length).toBeGreaterThan(100);
  expect(
    pages.flatMap((page) => missing(readFileSync(page, 'utf8')).map((file) => `${page}: ${file}`)),
  ).toEqual([]);
});

it('a file that is gone is found, with and without its folder and its ending', () => {
  const text =
    '`vault/saves.ts`, src/kit/recent.ts; | vault/gone-store | `kit/cache.ts`, test/vault/saves.ts';
  expect(missing(text)).toEqual(['vault/saves.ts', 'kit/recent.ts', 'vault/gone-store.ts']);
});
