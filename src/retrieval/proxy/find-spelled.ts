// Finds a text however its characters are written: as they are, or escaped as URLs, JSON, JavaScript, HTML and forms do it,
// each character in its own way.

/**
 * Reports each place of a text, without overlaps. Returns the index up to which the text is complete: from there, it may be
 * the start of a place that continues in a later text. @throws Error for a text made to be searched slowly
 */
export type Finder = (text: string, isLast: boolean, found: (start: number, end: number) => void) => number;

/** The text ends before it is clear whether it matches. */
const unclear = -2;
const none = -1;

/** Some encodings write these between the characters: UTF-16, and lines of limited length. */
const isFill = (code: number) => code === 10 || code === 13 || code === 0;
const mostFill = 4;
/** The longest way to write one character. */
const longestEscape = 40;
/** Comparisons per character of the text. A usual text needs about one. */
const mostEffort = 16;

/** The first characters of the ways to escape a character. */
const [percent, backslash, ampersand] = [37, 92, 38];
const isEscapeSign = (code: number) => code === percent || code === backslash || code === ampersand;

/** Names in HTML of signs that occur in tokens. */
const htmlNames: Readonly<Record<string, string>> = {
  '!': 'excl',
  '"': 'quot',
  '#': 'num',
  $: 'dollar',
  '%': 'percnt',
  '&': 'amp',
  "'": 'apos',
  '(': 'lpar',
  ')': 'rpar',
  '*': 'ast',
  '+': 'plus',
  ',': 'comma',
  '.': 'period',
  '/': 'sol',
  ':': 'colon',
  ';': 'semi',
  '<': 'lt',
  '=': 'equals',
  '>': 'gt',
  '?': 'quest',
  '@': 'commat',
  '[': 'lsqb',
  '\\': 'bsol',
  ']': 'rsqb',
  '^': 'Hat',
  _: 'lowbar',
  '`': 'grave',
  '{': 'lcub',
  '|': 'vert',
  '}': 'rcub',
};

const escapes = new Map<number, RegExp>();

/** Returns a pattern of all escaped forms of a character of ASCII. Escapes may be escaped again. */
function escapeOf(code: number): RegExp {
  const known = escapes.get(code);
  if (known) return known;
  const hex = code.toString(16).padStart(2, '0');
  const sign = String.fromCharCode(code);
  const ways = [
    `%(?:25){0,4}${hex}`,
    `\\\\{1,8}(?:u(?:00${hex}|\\{0{0,6}${hex}\\})|x${hex})`,
    `&(?:amp;){0,4}#(?:0{0,6}${code}|x0{0,6}${hex});?`,
  ];
  if (/\W|_/.test(sign)) ways.push(`\\\\{1,8}${sign === '\\' ? '\\\\' : `\\x${hex}`}`);
  if (htmlNames[sign]) ways.push(`&(?:amp;){0,4}${htmlNames[sign]};?`);
  const pattern = new RegExp(ways.join('|'), 'iy');
  escapes.set(code, pattern);
  return pattern;
}

export function createFinder(needles: readonly string[]): Finder {
  const coded = needles.map((needle) => Array.from(needle, (sign) => sign.charCodeAt(0)));
  const byFirst = Array.from({ length: 128 }, (_, code) =>
    isEscapeSign(code) ? coded : coded.filter(([first]) => first === code),
  );

  return (text, isLast, found) => {
    let effort = 1_000_000 + mostEffort * text.length;

    /** Returns the end of the rest of a needle at `at`, or `none`, or `unclear`. */
    function endOf(needle: readonly number[], index: number, at: number): number {
      for (let next = index, place = at; ; next += 1) {
        const code = needle[next];
        if (code === undefined) return place;
        effort -= 1;
        if (effort < 0) throw new Error('the answer of a provider takes too long to search for the token');
        let given = text.charCodeAt(place);
        for (let skipped = 0; next > 0 && skipped < mostFill && isFill(given); skipped += 1) {
          place += 1;
          given = text.charCodeAt(place);
        }
        if (place >= text.length) return isLast ? none : unclear;
        if (!isEscapeSign(given)) {
          if (given !== code) return none;
          place += 1;
          continue;
        }
        // The sign itself may be the character, or may begin an escape.
        const plain = given === code ? endOf(needle, next + 1, place + 1) : none;
        if (plain !== none) return plain;
        const pattern = escapeOf(code);
        pattern.lastIndex = place;
        if (!pattern.test(text)) return text.length - place < longestEscape && !isLast ? unclear : none;
        place = pattern.lastIndex;
      }
    }

    for (let start = 0; start < text.length; start += 1) {
      let longest = none;
      for (const needle of byFirst[text.charCodeAt(start)] ?? []) {
        const end = endOf(needle, 0, start);
        if (end === unclear) return start;
        longest = Math.max(longest, end);
      }
      if (longest <= start) continue;
      found(start, longest);
      start = longest - 1;
    }
    return text.length;
  };
}
