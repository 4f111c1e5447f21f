/** What the broker, or the way to it, has against a request: its table of errors as a union. */
export type Problem =
  /** The access token is missing, expired, revoked or not for the broker: refresh it, or have the person sign in. */
  | { readonly code: 'invalid_token' }
  /** The access token lacks a scope, `idp:{connection}` as a rule. */
  | { readonly code: 'insufficient_scope'; readonly scope: string | undefined }
  | { readonly code: 'connection_not_allowed' }
  /** The person has not allowed this app to use the connection. */
  | { readonly code: 'consent_required' }
  /** Send the person to `reauthorizeUrl` to grant what is missing. */
  | {
      readonly code: 'insufficient_upstream_scope';
      readonly missing: readonly string[];
      readonly reauthorizeUrl: string | undefined;
    }
  /** Send the person to `linkUrl` to link an account. */
  | { readonly code: 'identity_not_found'; readonly linkUrl: string | undefined }
  /** Ask again with one of these ids in the place of the connection. */
  | { readonly code: 'identity_selection_required'; readonly identities: readonly Choice[] }
  /** The provider no longer takes what is held: send the person to `reauthorizeUrl`. */
  | {
      readonly code: 'reauthorization_required';
      readonly reason: string;
      readonly since: string | undefined;
      readonly reauthorizeUrl: string | undefined;
    }
  | { readonly code: 'too_many_requests'; readonly retryAfter: number }
  /** The provider answered nonsense. */
  | { readonly code: 'provider_error'; readonly step: string | undefined }
  /** Not dead: try again in so many seconds. */
  | { readonly code: 'provider_unavailable'; readonly retryAfter: number }
  | { readonly code: 'unavailable'; readonly retryAfter: number }
  /** No answer came from the broker, or none that is its own. */
  | { readonly code: 'unreachable' }
  /** Any other refusal; `refusal` is the broker's code. */
  | { readonly code: 'refused'; readonly refusal: string };

export interface Choice {
  readonly id: string;
  readonly name: string | null;
}

export interface Circumstances {
  /** Absent: there was no answer. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** A request that came to nothing. Switch on `problem.code`, which brings the members of its kind. */
export class SymbolonError extends Error {
  override readonly name = 'SymbolonError';
  readonly problem: Problem;
  /** Of the answer. */
  readonly status: number | undefined;
  /** For the broker's operator, who finds it in the log. */
  readonly requestId: string | undefined;

  constructor(problem: Problem, { status, requestId, detail, cause }: Circumstances = {}) {
    super(detail ? `${problem.code}: ${detail}` : problem.code, cause === undefined ? {} : { cause });
    this.problem = problem;
    this.status = status;
    this.requestId = requestId;
  }

  get code(): Problem['code'] {
    return this.problem.code;
  }
}
