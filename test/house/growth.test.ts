import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { collectionsIn } from './collections.ts';
import { readSource } from './read-source.ts';

const page = readFileSync('docs/growth.md', 'utf8');

/** Returns the names in code quotes of one column of the tables below a heading. */
function named(heading: string, column: number): readonly string[] {
  const section = page.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| -'));
  return rows.flatMap((row) =>
    [...(row.split(' | ')[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name),
  );
}

/** Only developer mode, commands and the library for callers have these. */
const elsewhere = /^src\/(generated|lab|demo|client|cli)\//;

function inSource(): readonly string[] {
  const files = globSync('src/**/*.ts').filter((file) => !elsewhere.test(file));
  return files.flatMap((file) => collectionsIn(readSource(file, readFileSync(file, 'utf8'))));
}

test('every collection that stays in memory is on the page, with its bound', () => {
  expect(named('Memory', 2).toSorted()).toEqual(inSource().toSorted());
});

test('every table is on the page, with the time when its rows go', () => {
  const schema = readFileSync('prisma/schema.prisma', 'utf8');
  const tables = [...schema.matchAll(/@@map\("(\w+)"\)/g)].map(([, name]) => name);
  expect(named('Tables', 0).toSorted()).toEqual(tables.toSorted());
});

test.each([
  ['at the top of a module', 'const kept = new Map();\nexport const put = () => kept.set(1, 2);', ['a kept']],
  [
    'in a function that hands out functions',
    'export function create() {\n  const list: string[] = [];\n  return { add: (x) => list.push(x) };\n}',
    ['a list'],
  ],
  [
    'as a member',
    'export function create() {\n  const kinds = { a: createCache({ max: 1 }) };\n  return () => kinds;\n}',
    ['a kinds'],
  ],
  ['without a name', 'export const of = (read) => createRowCache(read);', ['a createRowCache']],
  [
    'but not one of a call',
    'export function sum(all) {\n  const seen = new Set();\n  all.forEach((x) => seen.add(x));\n  return seen;\n}',
    [],
  ],
  ['and not a constant', 'const names = new Set([1]);\nexport const has = (x) => names.has(x);', []],
])('a collection is found %s', (_where, text, found) => {
  expect(collectionsIn(readSource('src/a.ts', text))).toEqual(found);
});
