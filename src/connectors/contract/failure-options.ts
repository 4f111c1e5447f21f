import type { Json } from '../../kit/exact-json.ts';
import type { Traits } from './contract.ts';
import type { FailureSigns } from './failures.ts';
import type { Options, OptionTrait } from './options.ts';
import { refusalWords, sameCode } from './refusal-words.ts';

// The codes and phrases of a provider without a file of its own for a dead grant, for a failure that passes, or for an
// expired access token. The operator enters them.

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
  expired_when: {
    about: `The codes or phrases of an error of the API that mean an expired access token. Status 401 and the usual words are known. The proxy then repeats the call with a newer token. An item such as "status 403" is a doubtful sign: at most one refresh in ten minutes, and no write is repeated. ${format}`,
    pattern: phrases,
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof failureOptions]?: string };

/** Returns the traits for the operator's phrases, or none if there are no phrases. */
export function failureTraits(options: Options): Pick<Traits, 'classify' | 'expiredToken'> {
  const { expired_when }: Own = options;
  return {
    ...classifierFor(options),
    ...(expired_when !== undefined && { expiredToken: signsOf(expired_when) }),
  };
}

function signsOf(listed: string): NonNullable<Traits['expiredToken']> {
  const given = phrasesIn(listed);
  const statuses = given.flatMap((phrase) => /^status (4\d\d)$/.exec(phrase)?.[1] ?? []);
  return {
    words: given.filter((phrase) => !statuses.includes(phrase.replace('status ', ''))),
    doubtfulStatuses: statuses.map(Number),
  };
}

/** Returns whether an error has one of these codes or phrases, which are in lower case. */
export function saysOneOf(words: readonly string[], error: Json): boolean {
  return words.length > 0 && has(words, { body: error, error: undefined });
}

function classifierFor(options: Options): Pick<Traits, 'classify'> {
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
  const given = phrasesIn(listed ?? '');
  return given.length === 0 ? undefined : (signs) => has(given, signs);
}

function phrasesIn(listed: string): readonly string[] {
  const wanted = listed.split(',').map((phrase) => phrase.trim().replace(/\s+/g, ' ').toLowerCase());
  return wanted.filter((phrase) => phrase !== '');
}

interface Said {
  readonly body: Json;
  readonly error: string | undefined;
}

function has(given: readonly string[], { body, error }: Said): boolean {
  const { codes, text } = refusalWords(body);
  const said = new Set([...codes, ...(error === undefined ? [] : [error])].flatMap(spellings));
  return given.some((phrase) => {
    if (said.has(phrase) || (sameCode(phrase) !== '' && said.has(sameCode(phrase)))) return true;
    // A number in a sentence may be a count, so numbers match codes only.
    return !/^-?\d+$/.test(phrase) && hasWords(text, phrase);
  });
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
