import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { entries } from '../../catalogue/entries.ts';
import { notesFile } from '../../catalogue/notes.ts';
import { indexPage, withDeclaration, withNames } from '../../catalogue/pages.ts';
import { conforms, verdictOf } from '../../catalogue/verdict.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { labProfiles } from '../../src/lab/profiles.ts';

const read = (file: string) => (existsSync(file) ? readFileSync(file, 'utf8') : '');
// Developer mode does not offer the strict one, which stands for no provider in particular.
const simulated = [...labProfiles, strict({ accessLife: 3600 })].map((profile) => profile.provider);
const headings = [
  'Register',
  'Redirect URI',
  'Switches that matter',
  'What its tokens can do',
  'How they end',
  'Not verified against the live provider',
];

describe.each(entries)('$provider', ({ provider, connector, page, suite }) => {
  it('is simulated in the lab', () => {
    expect(simulated).toContain(provider);
  });

  it('has a suite that runs the conformance tests, and skips nothing', () => {
    expect(read(suite), suite).toMatch(/conforms\(/);
    expect(read(suite)).not.toMatch(/\b(it|test|describe)\.(skip|skipIf|runIf|todo|only|fails)\b/);
  });

  it('has a page, with what its connector declares (npm run provider-pages)', () => {
    const text = read(page);
    expect(text, page).toBe(withDeclaration(text, connector));
    for (const heading of headings) expect(text, page).toMatch(new RegExp(`^## ${heading}$`, 'm'));
  });
});

it('the console has the notes of the pages (npm run provider-pages)', () => {
  const written = JSON.parse(notesFile(entries));
  expect(JSON.parse(read('src/connectors/provider-notes.json'))).toEqual(written);
  for (const [provider, notes] of Object.entries(written))
    expect([provider, notes]).not.toEqual([provider, []]);
});

it('the index of the pages is up to date (npm run provider-pages)', () => {
  expect(entries.length).toBeGreaterThan(40);
  expect(read('docs/providers/README.md')).toBe(indexPage(entries));
  expect(read('README.md')).toBe(withNames(read('README.md'), entries));
});

// The result that `npm run providers` derives from a suite.
it.each([
  [undefined, 'NO SUITE RAN'],
  [{ passed: 0, failed: 0, skipped: 0 }, 'EMPTY'],
  [{ passed: 0, failed: 0, skipped: 60 }, 'EMPTY, 60 SKIPPED'],
  [{ passed: 59, failed: 0, skipped: 1 }, '59 passed, 1 SKIPPED'],
  [{ passed: 59, failed: 1, skipped: 0 }, '59 passed, 1 FAILED'],
])('%o is not conformant', (result, said) => {
  expect(conforms(result)).toBe(false);
  expect(verdictOf(result)).toBe(said);
});

it('developer mode lists the best known first', () => {
  const names = labProfiles.map(({ name }) => name).filter((name) => !/-(official|mini)/.test(name));
  expect(names.slice(0, 4)).toEqual(['wechat', 'facebook', 'google', 'github']);
});
