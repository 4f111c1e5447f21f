import { globSync, readFileSync, statSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readHouse } from './house.ts';

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
