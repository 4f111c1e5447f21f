import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { houseOf, readHouse } from './house.ts';
import {
  brokenOnPage,
  brokenRules,
  longWinded,
  pageOf,
  readPages,
  titlesThatNameNobody,
} from './language.ts';

/** These files are about the words themselves. */
const namingTheWords = /^test\/house\/(language|measure|words|sentences)/;
const house = readHouse();
const pages = readPages();

it('comments hold to the rule of language (docs/style.md)', () => {
  expect(brokenRules(house)).toEqual([]);
});

it('so do the comments of tests, benches and scripts, and the titles of tests', () => {
  const files = globSync('{test,bench,catalogue,prisma}/**/*.ts').filter(
    (file) => !namingTheWords.test(file),
  );
  expect(files.length).toBeGreaterThan(400);
  const tests = houseOf(Object.fromEntries(files.map((file) => [file, readFileSync(file, 'utf8')])));
  expect(tests.sources.map(({ path }) => path)).toContain('test/prove/lists.ts');
  expect(brokenRules(tests)).toEqual([]);
  expect(titlesThatNameNobody(tests)).toEqual([]);
});

it('sentences of pages have fewer than 20 words in the mean', () => {
  for (const page of ['README.md', 'docs/style.md', 'docs/providers/wechat-web.md'])
    expect(pages.map(({ path }) => path)).toContain(page);
  expect(pages.flatMap(longWinded)).toEqual([]);
});

it('sentences of pages have a subject and name the person', () => {
  expect(pages.flatMap(brokenOnPage)).toEqual([]);
});

describe('found', () => {
  const plain = Array.from({ length: 99 }, () => '// The cache holds it for one second.\n\n').join('');
  it.each([
    ['/** Whoever asks\n * is told. */', 'src/kit/a.ts:1 opens without a subject: Whoever asks is told.'],
    ['/** What it holds. */', 'src/kit/a.ts:1 opens without a subject: What it holds.'],
    ['/** @throws whatever failed */', 'src/kit/a.ts:1 opens without a subject: whatever failed'],
    ['/** The row. One that ended. */', 'src/kit/a.ts:1 opens without a subject: One that ended.'],
    [
      '// Refused, since\n// somebody revoked it.',
      'src/kit/a.ts:1 names nobody: Refused, since somebody revoked it.',
    ],
    [
      '/**\n * The row. It has\n * an end. Answers nothing.\n * Whoever asks.\n */',
      'src/kit/a.ts:4 opens without a subject: Whoever asks.',
    ],
    ['/** Answers the rows. */', 'src/kit/a.ts:1 begins with Answers: Answers the rows.'],
  ])('%s', (text, said) => {
    expect(brokenRules(houseOf({ 'src/kit/a.ts': text }))).toContain(said);
  });

  it('a title that names nobody', () => {
    const text = "it.each([1])('%s signs nobody in', f);\ndescribe('a person', () => it('signs in', f));\n";
    expect(titlesThatNameNobody(houseOf({ 'test/a.test.ts': text }))).toEqual([
      'test/a.test.ts:1 %s signs nobody in',
    ]);
  });

  it('one opening among a hundred is let pass, two are not', () => {
    const broken = (openings: string) => brokenRules(houseOf({ 'src/kit/a.ts': `${plain}${openings}` }));
    expect(broken('// What it holds.')).toEqual([]);
    expect(broken('// What it holds. What it drops.')).toHaveLength(2);
  });

  it('a page of long sentences, and the longest of them', () => {
    const long = `${'word '.repeat(36)}end.`;
    expect(longWinded(pageOf('docs/a.md', `# Heading\n\nThis one is short.\n\n- ${long}\n`))).toEqual([
      'docs/a.md has 20.5 words a sentence',
      `docs/a.md:5 (37 words) ${long}`,
      'docs/a.md:3 (4 words) This one is short.',
    ]);
  });

  it('a page that opens without a subject or names nobody, but not an account of the system', () => {
    const page =
      'It runs as `nobody`.\n\n- What it holds.\n- Refused, since somebody revoked it.\n- **Whoever** asks.\n';
    expect(brokenOnPage(pageOf('docs/a.md', page))).toEqual([
      'docs/a.md:3 What it holds.',
      'docs/a.md:4 Refused, since somebody revoked it.',
      'docs/a.md:5 **Whoever** asks.',
    ]);
  });

  it('code, tables, headings and written lists are no sentences', () => {
    const page =
      '# A\n\n```sh\nsomebody runs it.\n```\n\n| a |\n| - |\n\n<!-- x -->\n\nB ·\n\n<!-- /x -->\n\nIt runs `a. b`, e.g. here. Done.\n';
    expect(pageOf('docs/a.md', page).sentences).toEqual([
      { path: 'docs/a.md', line: 16, text: 'It runs `a. b`, e.g. here.' },
      { path: 'docs/a.md', line: 16, text: 'Done.' },
    ]);
  });
});
