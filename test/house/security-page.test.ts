import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { referencesOf, scriptsOf, subjects, withCases } from '../security/page.ts';
import { commentsOf, titlesOf } from '../security/titles.ts';

const page = readFileSync('docs/security.md', 'utf8');
const cases = subjects.flatMap((subject) => subject.cases);
const references = cases.flatMap(referencesOf);
/** A number of a catalogue that no file of the project explains: a letter with digits, or the word attack with them. */
const catalogueNumber = /\b[A-I]\d{1,3}\b|\b(attack|case|fault)s? \d/i;

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

it('every test of a file of attacks belongs to a case', () => {
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

it('a catalogue number is neither on the page, nor in a title or comment of a test', () => {
  expect(page).not.toMatch(catalogueNumber);
  const files = globSync('test/**/*.test.ts');
  const texts = files.flatMap((file) => [...titlesOf(file), ...commentsOf(file)]);
  expect(texts.length).toBeGreaterThan(1500);
  expect(texts.filter((text) => catalogueNumber.test(text))).toEqual([]);
});
