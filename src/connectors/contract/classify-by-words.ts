import type { Classify, DeadReason, FailureSigns } from './failures.ts';
import { refusalWords, sameCode } from './refusal-words.ts';

/**
 * A provider's own failure codes. An item without a space must equal a code, whatever its case and separators. An item
 * with a space is matched as part of the text, in lower case.
 */
export interface FailureWords {
  /** The grant or its token is no longer valid. */
  readonly dead?: Readonly<Record<string, DeadReason>>;
  /** The app's registration is wrong. */
  readonly misconfigured?: readonly string[];
  /** The provider is busy. */
  readonly busy?: readonly string[];
  /** Statuses by which the provider also says that it is busy. */
  readonly busyStatus?: readonly number[];
}

/** Returns a `classify` for these words. All other failures are left to the general rule. */
export function classifyByWords({
  dead = {},
  misconfigured = [],
  busy = [],
  busyStatus = [],
}: FailureWords): Classify {
  return (signs) => {
    const { step, status, retryAfter } = signs;
    if (status === 429 || status >= 500) return undefined;
    // A profile contains names that a person chose, so its text is not matched.
    if (status < 400 && step !== 'refresh') return undefined;
    // A failed code exchange concerns no stored grant, so `dead` is tested for other steps alone.
    const says = saidBy(signs);
    if (busyStatus.includes(status) || busy.some(says)) return { kind: 'unavailable', retryAfter };
    if (misconfigured.some(says)) return { kind: 'misconfigured' };
    if (step === 'exchange' || step === 'authorize') return undefined;
    const found = Object.keys(dead).find(says);
    const reason = found === undefined ? undefined : dead[found];
    return reason && { kind: 'grant-dead', reason };
  };
}

/** Returns a test whether the answer contains an item. */
function saidBy({ body, error }: FailureSigns): (phrase: string) => boolean {
  const { codes, text } = refusalWords(body);
  const said = new Set([...codes, ...(error === undefined ? [] : [error])].map(sameCode));
  return (phrase) => (phrase.includes(' ') ? text.includes(phrase) : said.has(sameCode(phrase)));
}
