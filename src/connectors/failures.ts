import type { Json } from '../kit/exact-json.ts';
import { OutboundError } from '../kit/outbound.ts';

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
  | { readonly kind: 'grant-dead'; readonly reason: DeadReason }
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
}

export type Classify = (signs: FailureSigns) => Failure | undefined;

/** A provider did not do what was asked. Carries no text of the provider, only codes. */
export class UpstreamError extends Error {
  override readonly name = 'UpstreamError';
  readonly step: Step;
  readonly failure: Failure;
  readonly status: number | undefined;
  /** The provider's error code, shortened to plain characters. */
  readonly code: string | undefined;

  constructor(step: Step, failure: Failure, about: { status?: number; code?: string; cause?: unknown } = {}) {
    super(`${step} failed: ${failure.kind}`, about.cause === undefined ? {} : { cause: about.cause });
    this.step = step;
    this.failure = failure;
    this.status = about.status;
    this.code = about.code?.replace(/[^\w.:-]/g, '').slice(0, 64);
  }
}

/** RFC 6749 section 5.2 and HTTP, for what a connector does not know better. */
function classifyGenerally({ step, status, error, retryAfter }: FailureSigns): Failure {
  if (status === 429) return { kind: 'rate-limited', retryAfter };
  if (status >= 500) return { kind: 'unavailable', retryAfter };
  switch (error) {
    case 'invalid_grant':
      return step === 'refresh' || step === 'revoke'
        ? { kind: 'grant-dead', reason: 'rejected' }
        : { kind: 'code-spent' };
    case 'invalid_client':
    case 'unauthorized_client':
    case 'redirect_uri_mismatch':
      return { kind: 'misconfigured' };
    case 'temporarily_unavailable':
    case 'server_error':
      return { kind: 'unavailable', retryAfter };
    case 'slow_down':
      return { kind: 'rate-limited', retryAfter };
    case 'invalid_token':
      // RFC 7009 says 200 for a token that is gone; those who say this instead mean the same.
      return step === 'revoke' ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
    default:
      return { kind: 'unknown' };
  }
}

/** An answer the provider gave, judged. */
export function upstreamError(signs: FailureSigns, classify: Classify | undefined): UpstreamError {
  const failure = classify?.(signs) ?? classifyGenerally(signs);
  return new UpstreamError(signs.step, failure, {
    status: signs.status,
    ...(signs.error !== undefined && { code: signs.error }),
  });
}

/** A call that got no answer we could use. */
export function unansweredError(step: Step, cause: unknown): UpstreamError {
  const outbound = cause instanceof OutboundError ? cause.failure : undefined;
  const misconfigured = outbound === 'refused-address' || outbound === 'insecure';
  const failure: Failure = misconfigured
    ? { kind: 'misconfigured' }
    : outbound === undefined || outbound === 'too-large' || outbound === 'redirected'
      ? { kind: 'unknown' }
      : { kind: 'unavailable' };
  return new UpstreamError(step, failure, { cause, ...(outbound && { code: outbound }) });
}

/** Seconds, from delta-seconds or an HTTP date (RFC 9110 section 10.2.3); at most an hour. */
export function retryAfterOf(headers: Headers, now: Date): number | undefined {
  const value = headers.get('retry-after');
  if (!value) return undefined;
  const wait = /^\d+$/.test(value) ? Number(value) : (Date.parse(value) - now.getTime()) / 1000;
  return Number.isFinite(wait) ? Math.min(3600, Math.max(1, Math.ceil(wait))) : undefined;
}
