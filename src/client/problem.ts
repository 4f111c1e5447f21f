/** The reasons for which a request to the broker failed: the contract's table of errors as a union. */
export type Problem =
  /**
   * The access token is missing, expired, revoked or not for the broker. Refresh it, or sign the user in
   * again.
   */
  | { readonly code: 'invalid_token' }
  /** The access token lacks a scope, usually `idp:{connection}`. */
  | { readonly code: 'insufficient_scope'; readonly scope: string | undefined }
  | { readonly code: 'connection_not_allowed' }
  /** The user has not allowed this app to use the connection. */
  | { readonly code: 'consent_required'; readonly consentUrl: string | undefined }
  /** Send the user to `reauthorizeUrl` to grant the missing scopes. */
  | {
      readonly code: 'insufficient_upstream_scope';
      readonly missing: readonly string[];
      readonly reauthorizeUrl: string | undefined;
    }
  /** Send the user to `linkUrl` to link an account. */
  | { readonly code: 'identity_not_found'; readonly linkUrl: string | undefined }
  /** Ask again with one of these ids in place of the connection. */
  | { readonly code: 'identity_selection_required'; readonly identities: readonly Choice[] }
  /** The grant is dead: send the user to `reauthorizeUrl`. */
  | {
      readonly code: 'reauthorization_required';
      readonly reason: string;
      readonly since: string | undefined;
      readonly reauthorizeUrl: string | undefined;
    }
  | { readonly code: 'too_many_requests'; readonly retryAfter: number }
  /** On behalf of: the access token of your caller is not, or no longer, one for your API. Answer them with 401. */
  | { readonly code: 'invalid_grant' }
  /**
   * On behalf of: the person has not let your API use such an account, or has none. Send them to `connectUrl`, which is for
   * this person alone.
   */
  | {
      readonly code: 'access_denied';
      readonly connection: string | undefined;
      readonly connectUrl: string | undefined;
    }
  /** The provider's answer was malformed or unexpected. */
  | { readonly code: 'provider_error'; readonly step: string | undefined }
  /** The grant lives: retry after this many seconds. */
  | { readonly code: 'provider_unavailable'; readonly retryAfter: number }
  | { readonly code: 'unavailable'; readonly retryAfter: number }
  /** The broker did not answer, or the answer was not the broker's. */
  | { readonly code: 'unreachable' }
  /** Any other refusal; `refusal` is the broker's code. */
  | { readonly code: 'refused'; readonly refusal: string };

export interface Choice {
  readonly id: string;
  readonly name: string | null;
}

export interface Circumstances {
  /** Absent when there was no answer. */
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/** A failed request. Switch on `problem.code`, which narrows the members of its kind. */
export class SymbolonError extends Error {
  override readonly name = 'SymbolonError';
  readonly problem: Problem;
  /** The HTTP status of the answer. */
  readonly status: number | undefined;
  /** The request id for the broker's operator, who finds it in the log. */
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
