import type { Json } from '../../kit/exact-json.ts';

export type Step = 'authorize' | 'exchange' | 'profile' | 'refresh' | 'revoke';

/** Why a grant is dead; the contract's `reason` of `reauthorization_required`. */
export type DeadReason =
  | 'revoked_by_user'
  | 'expired'
  | 'password_changed'
  | 'app_removed'
  | 'rotation_lost'
  | 'reuse_detected'
  | 'not_refreshable'
  | 'rejected';

/** What a failure means for what we keep. "Dead" and "unavailable" are never one. */
export type Failure =
  | { readonly kind: 'code-spent' }
  | {
      readonly kind: 'grant-dead';
      readonly reason: DeadReason;
      /** Said of living grants too: it counts once it is said again after a pause. */
      readonly doubtful?: true;
      /** The operator says so: nothing else in the answer is weighed against it. */
      readonly certain?: true;
      /** All that was said is the status 401, which some say of a wrong client secret. */
      readonly bare?: true;
    }
  | { readonly kind: 'misconfigured' }
  | { readonly kind: 'rate-limited'; readonly retryAfter: number | undefined }
  | { readonly kind: 'unavailable'; readonly retryAfter?: number | undefined }
  | { readonly kind: 'unknown' };

/** What is known of a failed call: the step, the HTTP status, and the body when it was a JSON object. */
export interface FailureSigns {
  readonly step: Step;
  readonly status: number;
  /** OAuth `error`, where there was one. */
  readonly error: string | undefined;
  readonly body: Readonly<Record<string, Json>>;
  /** Seconds. */
  readonly retryAfter: number | undefined;
  /** `WWW-Authenticate`. */
  readonly challenge?: string | undefined;
  /** The body was a page for people, as gateways write them. */
  readonly page?: boolean;
  /** Secrets that were sent and may be echoed: kept out of what is noted. */
  readonly sent?: readonly string[];
}

export type Classify = (signs: FailureSigns) => Failure | undefined;

interface About {
  readonly status?: number;
  readonly code?: string;
  readonly cause?: unknown;
  readonly refused?: boolean;
  readonly said?: string;
}

/** A provider did not do what was asked. Its message carries no text of the provider, only codes. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly step: Step;
  readonly failure: Failure;
  readonly status: number | undefined;
  /** The provider's error code, shortened to plain characters. */
  readonly code: string | undefined;
  /** The provider answered, was neither busy nor in trouble, and found nothing wrong with the client: it refused this. */
  readonly refused: boolean;
  // Not for logs, so no property: what is printed tells nothing that a stranger has written.
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

  /** The provider's own words, shortened, without anything that was sent to it or looks like a token. For admins. */
  said(): string {
    return this.#said;
  }
}

/** Seconds, from delta-seconds or an HTTP date (RFC 9110 section 10.2.3); at most an hour. */
export function retryAfterOf(headers: Headers, now: Date): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(wait) ? Math.min(3600, Math.max(1, Math.ceil(wait))) : undefined;
}
