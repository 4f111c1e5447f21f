/** Levels of nesting that are kept; no answer of a provider's needs more. */
const deepest = 32;
/** Characters of one string that are kept. */
const longestString = 256 * 1024;
/** Characters of a text beyond which long lists and objects are cut too. */
const longText = 256 * 1024;
/** Members of one that are kept in such a text. */
const mostMembers = 1000;
/** Members of an object that are kept wherever they stand in it. */
const vital: ReadonlySet<string> = new Set([
  ...['access_token', 'refresh_token', 'id_token', 'token_type', 'scope', 'expires_in', 'expires_at'],
  ...['refresh_token_expires_in', 'refresh_expires_in', 'data', 'result', 'error', 'error_description'],
]);

/**
 * The JSON text without what no reader of ours can use: what nests too deeply becomes null, a string too long is emptied,
 * and long lists and objects of a very long text are cut. Everything else stays as it was written, since signatures are made over
 * the very text. A text that is no JSON comes back as some other text that is none.
 */
export function boundedJson(text: string): string {
  const shallow = withoutDepths(text);
  return shallow.length <= longText ? shallow : withFewMembers(shallow);
}

function withoutDepths(text: string): string {
  const kept: string[] = [];
  let depth = 0;
  /** Where the part begins that is not copied yet. */
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
  // Text that never came back to the surface is cut off, and is no JSON then.
  return depth > deepest ? kept.join('') : kept.join('') + text.slice(from);
}

/** Where the string ends that begins here: the place of its closing quotation mark. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return at;
  }
  return text.length;
}

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
