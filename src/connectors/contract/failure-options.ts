import type { Classify, FailureSigns } from './failures.ts';
import type { Options, OptionTrait } from './options.ts';
import { refusalWords, sameCode } from './refusal-words.ts';

// The codes and phrases of a provider without a file of its own for a dead grant, or for a failure that passes. The
// operator enters them.

const phrases = /^[^,\p{Cc}]{1,80}(?:,[^,\p{Cc}]{1,80}){0,19}$/u;
const format =
  'Separate them by commas; case does not matter. A single word or number matches a code or a whole word of the answer. Several words match part of its text.';

export const failureOptions = {
  dead_when: {
    about: `The codes or phrases of a refused refresh that end the grant, so that the person must sign in again. ${format} A 5xx or a 429 never ends the grant.`,
    pattern: phrases,
  },
  retry_when: {
    about: `The codes or phrases of a refused refresh that may work later. They outweigh dead_when. ${format}`,
    pattern: phrases,
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof failureOptions]?: string };

/** Returns a `classify` for the operator's phrases, or no trait if there are none. */
export function classifierFor(options: Options): { readonly classify?: Classify } {
  const { dead_when, retry_when }: Own = options;
  const [dead, retry] = [matcher(dead_when), matcher(retry_when)];
  if (!dead && !retry) return {};
  return {
    classify: (signs) => {
      const { step, status, retryAfter } = signs;
      if (step !== 'refresh' || status >= 500 || status === 429) return undefined;
      if (retry?.(signs)) return { kind: 'unavailable', retryAfter };
      return dead?.(signs) ? { kind: 'grant-dead', reason: 'rejected', certain: true } : undefined;
    },
  };
}

function matcher(listed: string | undefined): ((signs: FailureSigns) => boolean) | undefined {
  const wanted = (listed ?? '').split(',').map((phrase) => phrase.trim().replace(/\s+/g, ' ').toLowerCase());
  const given = wanted.filter((phrase) => phrase !== '');
  if (given.length === 0) return undefined;
  return ({ body, error }) => {
    const { codes, text } = refusalWords(body);
    const said = new Set([...codes, ...(error === undefined ? [] : [error])].flatMap(spellings));
    return given.some((phrase) => {
      if (said.has(phrase) || (sameCode(phrase) !== '' && said.has(sameCode(phrase)))) return true;
      // A number in a sentence may be a count, so numbers match codes only.
      return !/^-?\d+$/.test(phrase) && hasWords(text, phrase);
    });
  };
}

function spellings(code: string): readonly string[] {
  return [code.toLowerCase(), sameCode(code)];
}

/**
 * Whether the text contains the phrase; a single word must match a whole word. No pattern is built from the operator's
 * text.
 */
function hasWords(text: string, phrase: string): boolean {
  if (phrase.includes(' ')) return text.includes(phrase);
  const isLetter = (character: string | undefined) => character !== undefined && /[a-z0-9_]/.test(character);
  const [first, last] = [phrase.at(0), phrase.at(-1)];
  for (let at = text.indexOf(phrase); at >= 0; at = text.indexOf(phrase, at + 1)) {
    const cut =
      (isLetter(first) && isLetter(text[at - 1])) || (isLetter(last) && isLetter(text[at + phrase.length]));
    if (!cut) return true;
  }
  return false;
}
