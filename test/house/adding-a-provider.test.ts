import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const document = readFileSync('docs/adding-a-provider.md', 'utf8');
const files = [...new Set(document.match(/\b(?:src|test|docs)\/[\w/.-]+\.(?:ts|md)\b/g))];
const example = readFileSync('src/connectors/providers/epic-games.ts', 'utf8');

it('the files that the document names exist', () => {
  expect(files.length).toBeGreaterThan(10);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
  const links = [...document.matchAll(/\]\(([^)]+)\)/g)].map(([, link]) => `docs/${link}`);
  expect(links.filter((link) => !existsSync(link))).toEqual([]);
});

it('the connector it shows is the real one, complete, and short', () => {
  const [, shown] = /```ts\n(.*?)```/s.exec(document) ?? [];
  expect(shown).toBe(example);
  expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(60);
});

it('only a line in the registry and one in the lab name it elsewhere', () => {
  for (const file of ['src/connectors/registry.ts', 'src/lab/profiles.ts']) {
    const lines = readFileSync(file, 'utf8').split('\n');
    expect(lines.filter((line) => /epic-?games/i.test(line) && !line.startsWith('import'))).toEqual([
      '  epicGames,',
    ]);
  }
});

it('the commands it names exist', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const told = [...document.matchAll(/npm run ([\w:-]+)/g)].map(([, name]) => name);
  expect(Object.keys(scripts)).toEqual(expect.arrayContaining(told));
});
