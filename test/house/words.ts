import type { House } from './house.ts';
import { nameOf, type Syntax } from './read-source.ts';

/** Words of this code base that stand for a word of the field, matched in lower case with camelCase taken apart. */
const listed: Readonly<Record<string, RegExp>> = {
  remembered: /\bremembered\b/g,
  'remember*': /\bremember\w*/g,
  'for a moment': /\bfor a moment\b/g,
  departure: /\b(departures?|depart(s|ed|ing)?)\b/g,
  leaving: /\bleaving\b/g,
  leaver: /\bleavers?\b/g,
  'take leave': /\btakes? leave\b/g,
  farewell: /\bfarewells?\b/g,
  'part with': /\bpart(s|ed|ing)? with\b/g,
  forget: /\b(forgets?|forgot(ten)?|forgetting|forgetful)\b/g,
  deaf: /\b(deaf|deafness)\b/g,
  'hear*': /\bhear(?!t)\w*/g,
};

export interface WordCount {
  readonly word: string;
  readonly comments: number;
  /** Each use of a name, not only where it is declared. */
  readonly identifiers: number;
  readonly strings: number;
  readonly fileNames: number;
}

export function wordCounts({ sources }: House): readonly WordCount[] {
  const nodes = sources.flatMap((source) => onePerPlace(source.nodes));
  const texts = {
    comments: sources.flatMap(({ comments }) => comments.map(({ text }) => text)),
    identifiers: nodes.flatMap((node) => (/Identifier$/.test(node.type) ? (nameOf(node) ?? []) : [])),
    strings: nodes.flatMap((node) => stringOf(node) ?? []),
    fileNames: sources.map(({ path }) => path),
  };
  return Object.entries(listed).map(([word, pattern]) => {
    const count = (among: readonly string[]) =>
      among.reduce((sum, text) => sum + (apart(text).match(pattern)?.length ?? 0), 0);
    return {
      word,
      comments: count(texts.comments),
      identifiers: count(texts.identifiers),
      strings: count(texts.strings),
      fileNames: count(texts.fileNames),
    };
  });
}

/** In `{ name }` and `import { name }` the parser has the identifier twice. */
function onePerPlace(nodes: readonly Syntax[]): readonly Syntax[] {
  return [...new Map(nodes.map((node) => [`${node.start} ${node.type}`, node])).values()];
}

function stringOf(node: Syntax): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type !== 'TemplateElement') return undefined;
  const { value } = node;
  return typeof value === 'object' && value !== null && 'raw' in value ? String(value.raw) : undefined;
}

/** `takeLeave`, `take_leave` and `take-leave` become the words they are made of. */
function apart(text: string): string {
  return text
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1 $2')
    .replace(/[_\-/\s]+/g, ' ')
    .toLowerCase();
}
