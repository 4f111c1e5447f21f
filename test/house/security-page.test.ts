import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referencesOf, scriptsOf, subjects, withCases } from '../security/page.ts';
import { titlesOf } from '../security/titles.ts';

const page = readFileSync('docs/security.md', 'utf8');
const cases = subjects.flatMap((subject) => subject.cases);
const references = cases.flatMap(referencesOf);
/** A number of a catalogue that no file of the project explains: A1, C61, F56. */
const catalogueNumber = /\b[A-I]\d{1,3}\b/;

it('docs/security.md has the cases of test/security (npm run security-page)', () => {
  expect(cases.length).toBeGreaterThan(150);
  expect(page).toBe(withCases(page));
});

it('a page without the two marks is not written', () => {
  expect(withCases('# A page without marks')).toBeUndefined();
});

it.each(references)('$file has a test “$title”', ({ file, title }) => {
  expect(titlesOf(file).filter((one) => one.includes(title))).not.toEqual([]);
});

it('every test of a file of attacks stands under a case', () => {
  const covered = (file: string, title: string) =>
    references.some((one) => one.file === file && title.includes(one.title));
  const forgotten = globSync('test/**/*-attacks*.test.ts').flatMap((file) =>
    titlesOf(file).filter((title) => !covered(file, title)),
  );
  expect(forgotten).toEqual([]);
});

it('a case names a test, a command, or the reason why there is none', () => {
  expect(cases.filter(({ tests }) => tests.length === 0)).toEqual([]);
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
  for (const script of cases.flatMap(scriptsOf)) expect(Object.keys(scripts)).toContain(script);
});

describe('a number of a catalogue', () => {
  it('stands neither on the page nor in a title', () => {
    expect(page).not.toMatch(catalogueNumber);
    const titles = globSync('test/**/*.test.ts').flatMap(titlesOf);
    expect(titles.length).toBeGreaterThan(1000);
    expect(titles.filter((title) => catalogueNumber.test(title))).toEqual([]);
  });
});
