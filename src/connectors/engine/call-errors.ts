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

/** RFC 6749 section 5.2 and HTTP, for what a connector does not know better. */
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
      // RFC 7009 says 200 for a token that is gone; those who say this instead mean the same.
      return step === 'revoke' ? { kind: 'grant-dead', reason: 'rejected' } : { kind: 'unknown' };
    default:
      return { kind: 'unknown' };
  }
}

/** An answer the provider gave, judged. */
export function errorFromAnswer(signs: FailureSigns, classify: Classify | undefined): UpstreamError {
  const failure = judged(signs, classify);
  const bare = failure.kind === 'grant-dead' && failure.bare;
  const said = signs.error === undefined ? undefined : safeCode(signs.error, signs.sent);
  const code = said ?? (bare ? 'http_401' : undefined);
  return new UpstreamError(signs.step, failure, {
    status: signs.status,
    ...(code !== undefined && { code }),
    refused: isRefusal(signs, failure),
    said: safeWords(signs.body, signs.sent),
  });
}

/** A provider in trouble knows of no grant: what else it says beside a 5xx or a 429 never ends one. */
function judged(signs: FailureSigns, classify: Classify | undefined): Failure {
  const known = classify?.(signs);
  if (known?.kind !== 'grant-dead') return known ?? classifyGenerally(signs);
  if (signs.status === 429 || signs.status >= 500) return classifyGenerally(signs);
  const passing = signs.step === 'refresh' && !known.certain && isBusy(refusalWords(signs.body).text);
  return passing ? { kind: 'unavailable', retryAfter: signs.retryAfter } : known;
}

/** Of addresses, methods, sizes and times: not of the grant. */
const beside = new Set([404, 405, 406, 408, 411, 413, 414, 415, 421, 425, 426, 429, 431]);

function isRefusal({ step, status, page = false }: FailureSigns, { kind }: Failure): boolean {
  if (step !== 'refresh' || page || status >= 500 || beside.has(status)) return false;
  return kind !== 'misconfigured' && kind !== 'rate-limited';
}
