import type { Json } from '../../kit/exact-json.ts';

// Providers refuse with the `error` of RFC 6749, with codes of their own, in objects, lists, numbers and sentences. The
// part of a refusal that is read is bounded, since the answer is untrusted.

/** The words of a refusal. */
export interface RefusalWords {
  /** The codes as the provider writes them: `invalid_grant`, `InvalidRefreshToken`, `1401`. */
  readonly codes: readonly string[];
  /** All texts, in lower case, with one space between words. */
  readonly text: string;
}

type Members = Readonly<Record<string, Json>>;

/** Texts of one refusal that are read, and items of one list. */
const mostTexts = 40;
/** Characters of one text that are read. */
export const longestText = 300;
/** Levels of nesting that are read. */
const deepest = 4;

/** The names of members that give the reason, in lower case and without separators. */
const telling =
  /^(?:(?:sub|o?auth|api|numeric|service)?(?:err(?:or)?)s?(?:code|no|num|type|subtype|subcode|msg|message|name|reason|key|summary|detail|details|description|text|info|title)?|(?:sub)?codes?|(?:sub)?msg|messages?|description|details?|title|reason|name|type|cause|status|suberror|fault|faultstring|tag)$/;

/** Returns the codes and texts of a refusal. */
export function refusalWords(body: Json | undefined): RefusalWords {
  const found = refusalTexts(body);
  return {
    codes: found.map((value) => value.trim()).filter((value) => value !== '' && !/\s/.test(value)),
    text: found.map(flat).join(' · '),
  };
}

/** Returns the texts and numbers in the members that give the reason, each shortened. */
export function refusalTexts(body: Json | undefined): readonly string[] {
  const found: string[] = [];
  const read = (value: Json | undefined, depth: number): void => {
    if (found.length >= mostTexts || depth > deepest) return;
    if (typeof value === 'string') found.push(value.slice(0, longestText));
    else if (typeof value === 'number') found.push(String(value));
    else if (Array.isArray(value)) for (const item of value.slice(0, mostTexts)) read(item, depth + 1);
    else if (typeof value === 'object' && value !== null) readMembers(value as Members, depth);
  };
  const readMembers = (object: Members, depth: number): void => {
    for (const [name, value] of Object.entries(object).slice(0, 2 * mostTexts)) {
      if (telling.test(name.replace(/[^A-Za-z]/g, '').toLowerCase())) read(value, depth + 1);
    }
  };
  read(body, 0);
  return found;
}

/**
 * Returns one spelling for codes that differ only in case and separators: `InvalidToken`, `invalid-token`,
 * `INVALID_TOKEN`.
 */
export function sameCode(code: string): string {
  return code
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
}

function flat(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim();
}
