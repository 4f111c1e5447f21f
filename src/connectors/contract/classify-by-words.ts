import type { Classify, DeadReason, FailureSigns } from './failures.ts';
import { refusalWords, sameCode } from './refusal-words.ts';

/** A provider's words beside those of RFC 6749: codes, or, with a space in it, a part of its text in lower case. */
export interface FailureWords {
  /** Of the grant or of its token. */
  readonly dead?: Readonly<Record<string, DeadReason>>;
  /** Of the app's registration. */
  readonly misconfigured?: readonly string[];
  /** Of the moment. */
  readonly busy?: readonly string[];
  /** Statuses that are of the moment too. */
  readonly busyStatus?: readonly number[];
}

/** A `classify` that is data: what is not listed is left to the general rule. */
export function classifyByWords({
  dead = {},
  misconfigured = [],
  busy = [],
  busyStatus = [],
}: FailureWords): Classify {
  return (signs) => {
    const { step, status, retryAfter } = signs;
    if (status === 429 || status >= 500) return undefined;
    // A profile has names in it, which any person may choose.
    if (status < 400 && step !== 'refresh') return undefined;
    const says = saidBy(signs);
    if (busyStatus.includes(status) || busy.some(says)) return { kind: 'unavailable', retryAfter };
    if (misconfigured.some(says)) return { kind: 'misconfigured' };
    if (step === 'exchange' || step === 'authorize') return undefined;
    const found = Object.keys(dead).find(says);
    const reason = found === undefined ? undefined : dead[found];
    return reason && { kind: 'grant-dead', reason };
  };
}

function saidBy({ body, error }: FailureSigns): (phrase: string) => boolean {
  const { codes, text } = refusalWords(body);
  const said = new Set([...codes, ...(error === undefined ? [] : [error])].map(sameCode));
  return (phrase) => (phrase.includes(' ') ? text.includes(phrase) : said.has(sameCode(phrase)));
}
