import { globSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { readHouse } from './house.ts';
import { countKinds, lineKinds } from './line-kinds.ts';

/** The budget of the house, in lines. */
const budget = { ninety: 150, most: 250, test: 400 };

const { sources } = readHouse();
const sizes = sources.map(({ path, lines }) => ({ path, lines })).sort((a, b) => a.lines - b.lines);
const part = (share: number) => sizes[Math.ceil(sizes.length * share) - 1]?.lines ?? 0;

test('source files are small', () => {
  const largest = sizes.slice(-3).map(({ path, lines }) => `${path} ${lines}`);
  const measured = { files: sizes.length, median: part(0.5), ninety: part(0.9), largest: largest.reverse() };
  console.info('sizes of source files:', measured);
  expect(part(0.9)).toBeLessThanOrEqual(budget.ninety);
  expect(sizes.filter(({ lines }) => lines > budget.most)).toEqual([]);
});

test('test files are small', () => {
  const lines = (path: string) => readFileSync(path, 'utf8').split('\n').length;
  expect(globSync('test/**/*.ts').filter((path) => lines(path) > budget.test)).toEqual([]);
});

test('the one script of the pages is small', () => {
  expect(statSync('src/http/assets/console.js').size).toBeLessThanOrEqual(4_096);
});

describe('the console', () => {
  it('has no more lines than its decision says, texts apart', () => {
    const files = globSync('src/console/**/*.ts').map((path) => countKinds(path, readFileSync(path, 'utf8')));
    const sum = (kinds: readonly (typeof lineKinds)[number][]) =>
      files.flatMap((file) => kinds.map((kind) => file[kind])).reduce((total, lines) => total + lines, 0);
    const byKind = Object.fromEntries(lineKinds.map((kind) => [kind, sum([kind])]));
    console.info('lines of the console:', { ...byKind, all: sum(lineKinds) });
    expect(sum(['page', 'declaration', 'logic'])).toBeLessThanOrEqual(5_500);
    expect(sum(lineKinds)).toBeLessThanOrEqual(9_500);
  });

  it('has its lines counted by what they are', () => {
    const source = [
      "import a from 'a';",
      '',
      '/** A comment. */',
      'interface B {',
      '  c: string; // behind code',
      '}',
      'const list = {',
      "  title: { en: 'One', zh: '一' },",
      '  columns: [],',
      '};',
      'function page() {',
      '  const state = {};',
      '  return html`<p>',
      '</p>`;',
      '}',
    ];
    expect(countKinds('one.ts', `${source.join('\n')}\n`)).toEqual({
      ...{ 'blank or comment': 2, import: 1, text: 1, type: 3 },
      ...{ page: 2, declaration: 3, logic: 3 },
    });
  });
});
