import type { Text } from './locale.ts';
import { type Kind, kinds, type ProblemKind } from './problem-kinds.ts';

/** A failed request: a stable code and a safe sentence for the caller, detail and cause for the log. */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  /** The sentence for pages, in both languages. `message` is the English one. */
  readonly sentence: Text;
  /** Public members of the answer beside the standard ones (RFC 9457 section 3.2). */
  readonly members: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;
  /** For the log only. */
  readonly privateDetail: string | undefined;
  readonly #kind: ProblemKind;
  readonly #options: ProblemOptions;

  constructor(kind: ProblemKind, options: ProblemOptions = {}) {
    const { code, status, sentence }: Kind = kinds[kind];
    const said = sentenceOf(options.detail, sentence);
    super(said.en, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'Problem';
    this.code = code ?? kind;
    this.status = status;
    this.sentence = said;
    this.members = options.members ?? {};
    this.headers = options.headers ?? {};
    this.privateDetail = options.privateDetail;
    this.#kind = kind;
    this.#options = options;
  }

  /** Returns the same problem with further headers. */
  withHeaders(headers: Readonly<Record<string, string>>): Problem {
    return new Problem(this.#kind, {
      ...this.#options,
      cause: this,
      headers: { ...this.headers, ...headers },
    });
  }
}

export interface ProblemOptions {
  /** Public: shown to the caller. It never contains a text of a provider or a request. A page needs both languages. */
  readonly detail?: string | Text;
  readonly members?: Readonly<Record<string, unknown>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly privateDetail?: string;
  readonly cause?: unknown;
}

/** Returns the header `Retry-After` in whole seconds, at least one (RFC 9110 section 10.2.3). */
export function retryAfter(milliseconds: number): Record<'Retry-After', string> {
  return { 'Retry-After': String(Math.max(1, Math.ceil(milliseconds / 1000))) };
}

/** A detail in English only is not for a page in the other language, which shows the general sentence of the code. */
function sentenceOf(detail: string | Text | undefined, general: Text): Text {
  return typeof detail === 'string' ? { en: detail, zh: general.zh } : (detail ?? general);
}
