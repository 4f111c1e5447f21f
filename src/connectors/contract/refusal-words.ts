import type { Json } from '../../kit/exact-json.ts';

// Providers refuse in an `error` of RFC 6749, in codes of their own, in objects, lists, numbers and sentences. The
// part of a refusal that is read here is bounded, since the answer is untrusted.

/** The words of a refusal. */
export interface RefusalWords {
  /** As the provider writes them: `invalid_grant`, `InvalidRefreshToken`, `1401`. */
  readonly codes: readonly string[];
  /** Its sentences, in lower case, with one space between words. */
  readonly text: string;
}

type Members = Readonly<Record<string, Json>>;

const mostTexts = 40;
const longestText = 300;
const deepest = 4;

/** Names of members that say why, whatever their case and whatever stands between their words. */
const telling =
  /^(?:(?:sub|o?auth|api|numeric|service)?(?:err(?:or)?)s?(?:code|no|num|type|subtype|subcode|msg|message|name|reason|key|summary|detail|details|description|text|info|title)?|(?:sub)?codes?|(?:sub)?msg|messages?|description|details?|title|reason|name|type|cause|status|suberror|fault|faultstring|tag)$/;

export function refusalWords(body: Json | undefined): RefusalWords {
  const found = refusalTexts(body);
  return {
    codes: found.map((value) => value.trim()).filter((value) => value !== '' && !/\s/.test(value)),
    text: found.map(flat).join(' · '),
  };
}

function refusalTexts(body: Json | undefined): readonly string[] {
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

/** Of codes that differ in case and in what stands between their words: `InvalidToken`, `invalid-token`, `INVALID_TOKEN`. */
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

const longestSaid = 200;

/** Returns the words of a refusal, fit to be kept: one short line, without what was `sent` or looks like a token. */
export function safeWords(body: Json | undefined, sent: readonly string[] = []): string {
  const secrets = sent.filter((value) => value.length > 3);
  const hidden = withoutSecrets(refusalTexts(body).join(' · '), secrets);
  const plain = hidden.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').toWellFormed();
  return plain
    .replace(/[\w.~+/=%-]{16,}/g, tokenHidden)
    .slice(0, longestSaid)
    .trim();
}

/** The same of an error code, in whose place some write a sentence that quotes the token. */
export function safeCode(code: string, sent: readonly string[] = []): string {
  // Short values that were sent (`json`) are words of codes too.
  const secrets = sent.filter((value) => value.length > 7);
  return withoutSecrets(code, secrets)
    .slice(0, longestText)
    .replace(/[\w.~+/=%-]{24,}/g, tokenHidden);
}

function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((kept, secret) => kept.replaceAll(secret, '…'), text);
}

/** Names of codes are long too: they are made of words. */
function tokenHidden(text: string): string {
  return /^(?:[a-z]+(?:[_.-][a-z]+)+|[A-Za-z]{16,40})$/i.test(text) && !/[a-z]\d|\d[a-z]/i.test(text)
    ? text
    : '…';
}
