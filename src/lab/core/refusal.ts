/** The reason of a refusal. Each profile has its own error for it. */
export type Problem =
  | 'missing'
  | 'request'
  | 'grant_type'
  | 'client_unknown'
  | 'client_secret'
  | 'code_unknown'
  | 'code_used'
  | 'code_expired'
  | 'redirect_mismatch'
  | 'verifier'
  | 'refresh_unknown'
  | 'refresh_expired'
  | 'refresh_revoked'
  | 'token_missing'
  | 'token_unknown'
  | 'token_expired'
  | 'token_revoked'
  | 'subject_mismatch'
  | 'scope'
  | 'proof'
  | 'busy';

/** A refusal, thrown by a handler and turned into an answer by the profile's `refuse`. */
export class Refusal extends Error {
  readonly problem: Problem;
  readonly detail: string;

  constructor(problem: Problem, detail = '') {
    super(`${problem} ${detail}`);
    this.problem = problem;
    this.detail = detail;
  }
}
