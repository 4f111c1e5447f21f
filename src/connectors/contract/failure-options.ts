import type { Classify, FailureSigns } from './failures.ts';
import type { Options, OptionTrait } from './options.ts';
import { refusalWords, sameCode } from './refusal-words.ts';

// The words by which a provider without a file of its own calls a grant dead, or alive, as its operator knows them.

const phrases = /^[^,\p{Cc}]{1,80}(?:,[^,\p{Cc}]{1,80}){0,19}$/u;
const how =
  'Codes or phrases, separated by commas, case does not matter. One word or number is a code of the answer or a whole word in it, several words are a part of its text.';

export const failureOptions = {
  dead_when: {
    about: `How a refused refresh says that the grant is dead and the person has to authorise again. ${how} Never of a 5xx or a 429.`,
    pattern: phrases,
  },
  retry_when: {
    about: `How a refused refresh says that it may work later. It outweighs dead_when. ${how}`,
    pattern: phrases,
  },
} satisfies Record<string, OptionTrait>;

type Own = { readonly [name in keyof typeof failureOptions]?: string };

/** Undefined where the operator says nothing of it. */
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
      // A number in a sentence counts anything.
      return !/^-?\d+$/.test(phrase) && hasWords(text, phrase);
    });
  };
}

function spellings(code: string): readonly string[] {
  return [code.toLowerCase(), sameCode(code)];
}

/** One word counts as a whole one, several as they stand: found by position, since an operator's text is no pattern. */
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
