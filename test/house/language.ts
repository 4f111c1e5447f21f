import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { House } from './house.ts';
import type { Syntax } from './read-source.ts';
import { commentSentences, pageSentences, type Sentence, wordsIn } from './sentences.ts';

/** An opening that leaves the reader without a subject. */
export const opensWithoutSubject = ({ text }: Sentence) =>
  /^[("“'*_]*(what|who|whoever|whatever|one that)\b/i.test(text);

/** A person whose part is not said: the user, the admin, the caller, another process? */
export const namesNoOne = ({ text }: Sentence) =>
  /\b(who(m)?(so)?ever|some(body|one)|no(body| one)|any(body|one)|every(body|one))\b/i.test(text);

/** Those of them that no comment may use. */
const namesNobody = ({ text }: Pick<Sentence, 'text'>) => /\b(whoever|(some|no|any)body)\b/i.test(text);

/** A function returns; a server answers. */
export const beginsWithAnswers = ({ text }: Sentence) => /^answers\b/i.test(text);

export function commentsOf(house: House): readonly Sentence[] {
  return house.sources.flatMap(commentSentences);
}

export interface Page {
  readonly path: string;
  readonly sentences: readonly Sentence[];
  /** Words per sentence. */
  readonly mean: number;
}

/** Returns the README and the pages of `docs`, including decisions and providers. */
export function readPages(root = '.'): readonly Page[] {
  return ['README.md', ...globSync('docs/**/*.md', { cwd: root }).sort()].map((file) =>
    pageOf(file, readFileSync(path.join(root, file), 'utf8')),
  );
}

export function pageOf(file: string, markdown: string): Page {
  const sentences = pageSentences(file, markdown);
  const words = sentences.reduce((sum, { text }) => sum + wordsIn(text), 0);
  return { path: file, sentences, mean: words / Math.max(1, sentences.length) };
}

/** The share of a house's comment sentences that may open without a subject. */
const openings = 0.01;

/** Returns each breach of the rule of language in comments: where, which part of it, and the sentence. */
export function brokenRules(house: House): readonly string[] {
  const sentences = commentsOf(house);
  const said = (one: Sentence, breach: string) => `${one.path}:${one.line} ${breach}: ${one.text}`;
  const opening = sentences.filter(opensWithoutSubject);
  return [
    ...(opening.length > sentences.length * openings
      ? opening.map((one) => said(one, 'opens without a subject'))
      : []),
    ...sentences.filter(namesNobody).map((one) => said(one, 'names nobody')),
    ...sentences.filter(beginsWithAnswers).map((one) => said(one, 'begins with Answers')),
  ];
}

/** Returns the titles of tests that name nobody. */
export function titlesThatNameNobody({ sources }: House): readonly string[] {
  return sources.flatMap(({ path: file, nodes, lineOf }) =>
    nodes.flatMap((node) => {
      const text = titleOf(node);
      return text !== undefined && namesNobody({ text }) ? `${file}:${lineOf(node)} ${text}` : [];
    }),
  );
}

/** Returns the first argument of `it`, `test` or `describe`, also behind `.each(…)`. */
function titleOf({ type, callee, arguments: given }: Syntax): string | undefined {
  if (type !== 'CallExpression' || !/^(it|test|describe)$/.test(firstNameOf(callee as Syntax)))
    return undefined;
  const [title] = given as readonly Syntax[];
  return typeof title?.value === 'string' ? title.value : undefined;
}

function firstNameOf(node: Syntax): string {
  const inner = (node.callee ?? node.object ?? node.tag) as Syntax | undefined;
  return inner ? firstNameOf(inner) : String(node.name);
}

/** Returns each sentence of a page that opens without a subject or names nobody. Code is left out: `nobody` is an account. */
export function brokenOnPage({ sentences }: Page): readonly string[] {
  return sentences
    .map((one) => ({ ...one, text: one.text.replaceAll(/`[^`]*`/g, '…') }))
    .filter((one) => opensWithoutSubject(one) || namesNoOne(one))
    .map(({ path, line, text }) => `${path}:${line} ${text}`);
}

/** Returns nothing for a page whose sentences have fewer than 20 words in the mean; else the mean and its longest. */
export function longWinded({ path: page, sentences, mean }: Page): readonly string[] {
  if (mean < 20) return [];
  const longest = sentences
    .map((one) => ({ ...one, words: wordsIn(one.text) }))
    .sort((one, other) => other.words - one.words);
  return [
    `${page} has ${mean.toFixed(1)} words a sentence`,
    ...longest.slice(0, 20).map(({ line, words, text }) => `${page}:${line} (${words} words) ${text}`),
  ];
}
