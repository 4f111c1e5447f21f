import type { Problem } from '../core/refusal.ts';
import type { Call, Reply } from '../core/wire.ts';
import { type RfcError, rfcDialect } from './rfc-dialect.ts';

/** The errors of an API about access tokens, where they differ from RFC 6749's at the token endpoint. */
export type ApiWords = (problem: Problem, call: Call, detail: string) => Reply;

export function apiDialect(
  api: ApiWords,
  own: Partial<Record<Problem, RfcError>> = {},
): (problem: Problem, call: Call, detail: string) => Reply {
  const words = rfcDialect(own);
  return (problem, call, detail) =>
    problem.startsWith('token_') || problem === 'scope'
      ? api(problem, call, detail)
      : words(problem, call, detail);
}
