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
const longestEscape = 80;
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

/** The end of a text that may go on with the semicolon of a reference in HTML. */

const isUnended = (text: string, end: number) => {
  const rest = text.slice(end, end + longestEscape);
  return /^(?:%(?:25){0,4}3?)?$/i.test(rest) && !/(?:;|[%5]3b)$/i.test(text.slice(end - 3, end));
};

const escapes = new Map<number, RegExp>();

// The signs of an escape, which another encoding may have escaped: Go and Gson write the `&` of `&#43;` in JSON as `\u0026`.
const written = (code: string, decimal: number, name: string) =>
  `\\\\{1,8}(?:u00|x)${code}|%(?:25){0,4}${code}|&(?:amp;){0,4}(?:#(?:0{0,6}${decimal}|x0{0,6}${code})|${name});`;
const percentSign = `(?:%|${written('25', 37, 'percnt')})(?:25){0,4}`;
const backslashes = `(?:\\\\{1,8}|(?:${written('5c', 92, 'bsol')}){1,8})`;
const ampersandSign = `(?:&|${written('26', 38, 'amp')})(?:amp(?:;|%3b)){0,4}`;
const hashSign = `(?:#|%(?:25){0,4}23)`;
const semicolon = `(?:;|%(?:25){0,4}3b)?`;

/** Returns a pattern of all escaped forms of a character of ASCII. Escapes may be escaped again. */
function escapeOf(code: number): RegExp {
  const known = escapes.get(code);
  if (known) return known;
  const hex = code.toString(16).padStart(2, '0');
  const sign = String.fromCharCode(code);
  const percents = [`${percentSign}${hex}`];
  const slashes = [`${backslashes}(?:u(?:00${hex}|\\{0{0,6}${hex}\\})|x${hex})`];
  if (/\W|_/.test(sign)) slashes.push(`\\\\{1,8}${sign === '\\' ? '\\\\' : `\\x${hex}`}`);
  const references = [`#(?:0{0,6}${code}|x0{0,6}${hex})`, htmlNames[sign]].filter(
    (name) => name !== undefined,
  );
  const html = references.map((name) => `${ampersandSign}${name.replace('#', hashSign)}${semicolon}`);
  // An escape whose own first sign is escaped is longer than that sign alone.
  const ways =
    code === backslash
      ? [slashes, percents, html]
      : code === ampersand
        ? [html, slashes, percents]
        : [percents, slashes, html];
  const pattern = new RegExp(ways.flat().join('|'), 'iy');
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
        if (!isLast && isUnended(text, place)) return unclear;
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
