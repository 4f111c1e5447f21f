import type { Source } from './read-source.ts';

export interface Sentence {
  readonly path: string;
  /** The line on which it begins in a comment; on a page, that of its paragraph. */
  readonly line: number;
  readonly text: string;
}

/** Comments for tools. */
const directive = /^(biome-|@ts-|v8 |c8 |@vitest|#__|@__)/;

/** Returns the sentences of a file's comments. A tag such as `@throws` begins a sentence and is left out of it. */
export function commentSentences({ path, comments }: Source): readonly Sentence[] {
  return comments
    .filter(({ text }) => !directive.test(text))
    .flatMap(({ text, line }) => {
      const blocks = text
        .replace(/```[\s\S]*?```/g, '')
        .replace(/\{@\w+ ([^}]*)\}/g, '`$1`')
        .split(/\n\s*\n|\n(?=\s*[-*] )|(?:^|\s)@(?:param|template|property) \S+|(?:^|\s)@[a-z]\w+/);
      let at = 0;
      return blocks.flatMap(sentencesOf).map((one) => {
        at = Math.max(at, beginOf(one, text, at));
        return { path, line: line + text.slice(0, at).split('\n').length - 1, text: one };
      });
    });
}

/** Returns where the first words of the sentence stand, behind an offset; -1 when they were rewritten. */
function beginOf(sentence: string, text: string, behind: number): number {
  const words = sentence
    .split(' ')
    .slice(0, 4)
    .map((word) => word.replace(/[^\p{L}\p{N}]/gu, '\\$&'));
  const found = text.slice(behind).search(new RegExp(words.join('\\s+')));
  return found < 0 ? -1 : found + behind;
}

/**
 * Returns the sentences of a page in Markdown: of its paragraphs, list items and quotations, not of headings, tables and
 * blocks of code. Lists that a command writes between `<!-- name -->` and `<!-- /name -->` are left out.
 */
export function pageSentences(path: string, markdown: string): readonly Sentence[] {
  const blank = (part: string) => part.replace(/[^\n]/g, '');
  const prose = markdown
    .replace(/^[ \t]*(```|~~~)[\s\S]*?^[ \t]*\1[ \t]*$/gm, blank)
    .replace(/<!-- ([\w-]+) -->[\s\S]*?<!-- \/\1 -->/g, blank)
    .replace(/<!--[\s\S]*?-->/g, blank)
    .replace(/^[ \t]*(\||#).*$/gm, '')
    .replace(/^([ \t]*)>[ \t]?/gm, '$1')
    .replace(/!\[[^\]]*\]\([^)]*\)/g, '')
    .replace(/\[([^\]]+)\](\([^)]*\)|\[[^\]]*\])/g, '$1');
  const found: Sentence[] = [];
  let block: string[] = [];
  let begun = 0;
  const end = () => {
    for (const text of sentencesOf(block.join('\n'))) found.push({ path, line: begun, text });
    block = [];
  };
  for (const [index, line] of prose.split('\n').entries()) {
    const item = /^\s*(?:[-*+]|\d+[.)])\s+(.*)$/.exec(line);
    if (item || line.trim() === '') end();
    if (block.length === 0) begun = index + 1;
    if (line.trim() !== '') block.push(item?.[1] ?? line.trim());
  }
  end();
  return found;
}

/** Returns the number of words. A span of code is one, whatever it holds. */
export function wordsIn(sentence: string): number {
  const words = sentence.replace(/`[^`]*`/g, 'code').split(/\s+/);
  return words.filter((word) => /[\p{L}\p{N}]/u.test(word)).length;
}

const abbreviated = /(?:^|[\s(])(?:e\.g|i\.e|etc|cf|vs|approx|no|sec|\p{Lu})\.$/iu;

/** Splits at `.`, `!` and `?` before white space. The dots of code and of abbreviations end nothing. */
function sentencesOf(block: string): readonly string[] {
  const spans: string[] = [];
  const plain = block
    .replace(/`[^`]*`/g, (span) => `<${spans.push(span) - 1}>\u0000`)
    .replace(/\s+/g, ' ')
    .trim();
  const sentences: string[] = [];
  for (const part of plain.split(/(?<=[.!?][)"'”’\]*_]*) /)) {
    const last = sentences.at(-1);
    if (last !== undefined && abbreviated.test(last)) sentences.splice(-1, 1, `${last} ${part}`);
    else sentences.push(part);
  }
  return sentences
    .map((one) => one.replace(/<(\d+)>\u0000/g, (_, at) => (spans[Number(at)] ?? '').replace(/\s+/g, ' ')))
    .filter((one) => /\p{L}/u.test(one));
}
