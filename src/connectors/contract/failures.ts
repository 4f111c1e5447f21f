import type { Json } from '../../kit/exact-json.ts';

/**
 * The kind of a call: the authorize redirect, a code exchange, a request for the account, a refresh (a trade of a live
 * token too), an upstream revocation.
 */
export type Step = 'authorize' | 'exchange' | 'profile' | 'refresh' | 'revoke';

/** The reason for which a grant is dead: the `reason` of `reauthorization_required` in the API. */
export type DeadReason =
  | 'revoked_by_user'
  | 'expired'
  | 'password_changed'
  | 'app_removed'
  | 'rotation_lost'
  | 'reuse_detected'
  | 'not_refreshable'
  | 'key_lost'
  | 'origin_changed'
  | 'requested_by_operator'
  | 'rejected';

/** The meaning of a failed call for the stored grant. A dead grant and an unavailable provider are never confused. */
export type Failure =
  /** The authorization code or SDK proof is used, expired or was never valid. No stored grant is concerned. */
  | { readonly kind: 'code-spent' }
  | {
      readonly kind: 'grant-dead';
      readonly reason: DeadReason;
      /** The provider also says it of working grants, so it counts only when repeated after a pause. */
      readonly doubtful?: true;
      /** By the operator's own rule, so nothing else in the answer outweighs it. */
      readonly certain?: true;
      /** The answer has nothing but status 401, which some providers send for a wrong client secret. */
      readonly bare?: true;
    }
  /** The connection's registration is wrong: client id, secret, redirect URI, or rights of the app. */
  | { readonly kind: 'misconfigured' }
  /** `retryAfter`: seconds, where the provider states them. */
  | { readonly kind: 'rate-limited'; readonly retryAfter: number | undefined }
  | { readonly kind: 'unavailable'; readonly retryAfter?: number | undefined }
  /** The answer says nothing about the grant. */
  | { readonly kind: 'unknown' };

/** The facts about a failed call. The body is empty unless it was a JSON object. */
export interface FailureSigns {
  readonly step: Step;
  readonly status: number;
  /** OAuth `error`, where there was one. */
  readonly error: string | undefined;
  readonly body: Readonly<Record<string, Json>>;
  /** `Retry-After` in seconds. */
  readonly retryAfter: number | undefined;
  /** `WWW-Authenticate`. */
  readonly challenge?: string | undefined;
  /** The body was an HTML page, as gateways send it. */
  readonly page?: boolean;
  /** The secrets that were sent. They are removed from all text that is stored. */
  readonly sent?: readonly string[];
}

/** Returns the meaning of a failed call; undefined: the connector does not know it, so the general rule decides. */
export type Classify = (signs: FailureSigns) => Failure | undefined;

interface About {
  readonly status?: number;
  readonly code?: string;
  readonly cause?: unknown;
  readonly refused?: boolean;
  readonly said?: string;
}

/** A failed call to a provider. Its message has codes and no text of the provider. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly step: Step;
  readonly failure: Failure;
  readonly status: number | undefined;
  /** The provider's error code, shortened to plain characters. */
  readonly code: string | undefined;
  /** The provider refused this request: it was available, not busy, and accepted the client. */
  readonly refused: boolean;
  // Private, so that logs never print text from the provider.
  readonly #said: string;

  constructor(step: Step, failure: Failure, about: About = {}) {
    super(`${step} failed: ${failure.kind}`, about.cause === undefined ? {} : { cause: about.cause });
    this.step = step;
    this.failure = failure;
    this.status = about.status;
    this.code = about.code?.replace(/[^\w.:-]/g, '').slice(0, 64);
    this.refused = about.refused ?? false;
    this.#said = about.said ?? '';
  }

  /**
   * Returns the provider's own text for admins: shortened, without the secrets sent and without anything like a token.
   */
  said(): string {
    return this.#said;
  }
}
