/** The levels of nesting that are kept; no provider's answer needs more. */
const deepest = 32;
/** Characters of the longest string that is kept. */
const longestString = 256 * 1024;
/** Characters of a text above which long lists and objects are cut too. */
const longText = 256 * 1024;
/** Members of a list or object that are kept in such a text. */
const mostMembers = 1000;
/** Members of an object that are kept at any position. */
const vital: ReadonlySet<string> = new Set([
  ...['access_token', 'refresh_token', 'id_token', 'token_type', 'scope', 'expires_in', 'expires_at'],
  ...['refresh_token_expires_in', 'refresh_expires_in', 'data', 'result', 'error', 'error_description'],
]);

/**
 * Returns the JSON text within limits. Values nested too deeply become null, strings that are too long become empty, and
 * long lists and objects of a very long text are cut. All else stays unchanged to the character, since signatures are
 * computed over the text. A text that is no JSON stays one that is none.
 */
export function boundedJson(text: string): string {
  const shallow = withoutDepths(text);
  return shallow.length <= longText ? shallow : withFewMembers(shallow);
}

/** Copies the text without the parts that are nested too deeply and without strings that are too long. */
function withoutDepths(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  /** The start of the part that is not copied yet. */
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (end - at > longestString && depth <= deepest) {
        kept.push(text.slice(from, at), '""');
        from = end + 1;
      }
      at = end;
    } else if (character === '[' || character === '{') {
      depth += 1;
      if (depth === deepest + 1) kept.push(text.slice(from, at), 'null');
    } else if (character === ']' || character === '}') {
      if (depth === deepest + 1) from = at + 1;
      depth -= 1;
    }
  }
  // A text whose brackets are never closed is cut off. It is no JSON in either case.
  return depth > deepest ? kept.join('') : kept.join('') + text.slice(from);
}

/** Returns the position of the closing quotation mark of the string that starts here. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

/** Cuts long lists and objects. A text that is no JSON stays as it is. */
function withFewMembers(text: string): string {
  try {
    return JSON.stringify(shortened(JSON.parse(text)));
  } catch {
    return text;
  }
}

function shortened(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, mostMembers).map(shortened);
  if (value === null || typeof value !== 'object') return value;
  const kept = Object.keys(value).filter((name, place) => place < mostMembers || vital.has(name));
  return Object.fromEntries(kept.map((name) => [name, shortened((value as Record<string, unknown>)[name])]));
}
