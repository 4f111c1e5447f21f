import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { House } from './house.ts';
import { commentSentences, pageSentences, type Sentence, wordsIn } from './sentences.ts';

/** An opening that leaves the reader without a subject. */
export const opensWithoutSubject = ({ text }: Sentence) =>
  /^[("“'*_]*(what|who|whoever|whatever|one that)\b/i.test(text);

/** A person whose part is not said: the user, the admin, the caller, another process? */
export const namesNoOne = ({ text }: Sentence) =>
  /\b(who(m)?(so)?ever|some(body|one)|no(body| one)|any(body|one)|every(body|one))\b/i.test(text);

/** Those of them that no comment may use. */
export const namesNobody = ({ text }: Sentence) => /\b(whoever|(some|no|any)body)\b/i.test(text);

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

/** The README and the pages of `docs`, without decisions and providers. */
export function readPages(root = '.'): readonly Page[] {
  return ['README.md', ...globSync('docs/*.md', { cwd: root }).sort()].map((file) =>
    pageOf(file, readFileSync(path.join(root, file), 'utf8')),
  );
}

export function pageOf(file: string, markdown: string): Page {
  const sentences = pageSentences(file, markdown);
  const words = sentences.reduce((sum, { text }) => sum + wordsIn(text), 0);
  return { path: file, sentences, mean: words / Math.max(1, sentences.length) };
}
