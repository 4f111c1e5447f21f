import { OutboundError } from '../../kit/outbound.ts';
import {
  type Classify,
  type Failure,
  type FailureSigns,
  type Step,
  UpstreamError,
} from '../contract/failures.ts';
import { refusalWords } from '../contract/refusal-words.ts';
import { classifyRefreshRefusal, isBusy } from './classify-refresh-refusal.ts';
import { safeCode, safeWords } from './redact-refusal.ts';

/** Returns the error of a call that got no usable answer. */
export function errorWithoutAnswer(step: Step, cause: unknown): UpstreamError {
  const outbound = cause instanceof OutboundError ? cause.failure : undefined;
  const misconfigured = outbound === 'refused-address' || outbound === 'insecure';
  const failure: Failure = misconfigured
    ? { kind: 'misconfigured' }
    : outbound === undefined || outbound === 'too-large' || outbound === 'redirected'
      ? { kind: 'unknown' }
      : { kind: 'unavailable' };
  return new UpstreamError(step, failure, { cause, ...(outbound && { code: outbound }) });
}

/** The general rule, by RFC 6749 section 5.2 and HTTP. */
function classifyGenerally(signs: FailureSigns): Failure {
  const { step, status, error, retryAfter } = signs;
  if (status === 429) return { kind: 'rate-limited', retryAfter };
  if (status >= 500) return { kind: 'unavailable', retryAfter };
  switch (error) {
    case 'temporarily_unavailable':
    case 'server_error':
      return { kind: 'unavailable', retryAfter };
    case 'slow_down':
      return { kind: 'rate-limited', retryAfter };
  }
  if (step === 'refresh') return classifyRefreshRefusal(signs);
  switch (error) {
    case 'invalid_grant':
      return step === 'revoke' ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'code-spent' };
    case 'invalid_client':
    case 'unauthorized_client':
    case 'redirect_uri_mismatch':
      return { kind: 'misconfigured' };
    case 'invalid_token':
      // RFC 7009 has status 200 for an unknown token; some providers send this error instead.
      return step === 'revoke' ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
    default:
      return { kind: 'unknown' };
  }
}

/** Returns the error of an answer, classified by the connector first and then by the general rule. */
export function errorFromAnswer(signs: FailureSigns, classify: Classify | undefined): UpstreamError {
  const failure = failureOf(signs, classify);
  const bare = failure.kind === 'grant-dead' && failure.bare;
  const safe = signs.error === undefined ? undefined : safeCode(signs.error, signs.sent);
  const code = safe ?? (bare ? 'http_401' : undefined);
  return new UpstreamError(signs.step, failure, {
    status: signs.status,
    ...(code !== undefined && { code }),
    refused: isRefusal(signs, failure),
    said: safeWords(signs.body, signs.sent),
  });
}

/** Returns the failure. An answer with 5xx or 429 never ends a grant, even if its body says so. */
function failureOf(signs: FailureSigns, classify: Classify | undefined): Failure {
  const known = classify?.(signs);
  if (known?.kind !== 'grant-dead') return known ?? classifyGenerally(signs);
  if (signs.status === 429 || signs.status >= 500) return classifyGenerally(signs);
  const isTemporary = signs.step === 'refresh' && !known.certain && isBusy(refusalWords(signs.body).text);
  return isTemporary ? { kind: 'unavailable', retryAfter: signs.retryAfter } : known;
}

/** Statuses about addresses, methods, sizes and times, which say nothing about the grant. */
const unrelated = new Set([404, 405, 406, 408, 411, 413, 414, 415, 421, 425, 426, 429, 431]);

/** Returns whether the provider refused this very refresh, and is neither busy nor in trouble with the client. */
function isRefusal({ step, status, page = false }: FailureSigns, { kind }: Failure): boolean {
  if (step !== 'refresh' || page || status >= 500 || unrelated.has(status)) return false;
  return kind !== 'misconfigured' && kind !== 'rate-limited';
}
