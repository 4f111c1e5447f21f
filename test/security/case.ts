/** Attacks and faults of one subject. */
export interface Subject {
  readonly title: string;
  readonly cases: readonly Case[];
  /** Markdown below the table. */
  readonly notes?: string;
}

export interface Case {
  /** One sentence: the attack or the fault, and the answer to it. */
  readonly sentence: string;
  /**
   * Where it is tested: `file: a part of the title`, the file below test/ and without .test.ts; `npm run …`; or a plain
   * sentence in brackets where there is no test, with the reason.
   */
  readonly tests: readonly string[];
}

export function attack(sentence: string, ...tests: string[]): Case {
  return { sentence, tests };
}
