import { asObject, tryParse } from '../../kit/exact-json.ts';
import { retryAfterOf } from '../../kit/retry-after.ts';
import type { Classify } from '../contract/failures.ts';
import { type Step, UpstreamError } from '../contract/failures.ts';
import { errorFromAnswer, errorWithoutAnswer } from './call-errors.ts';
import type { Observed } from './rewriting-fetch.ts';
import { bringsToken } from './token-answer.ts';

export interface FailedCall {
  readonly step: Step;
  readonly observed: Observed;
  readonly cause: unknown;
}

/**
 * Returns the error of a failed call of the strict client, classified by the observed answers rather than by `cause`.
 */
export function tokenCallError(
  { step, observed, cause }: FailedCall,
  { classify, now }: { readonly classify: Classify | undefined; readonly now: Date },
): UpstreamError {
  if (observed.refused) return observed.refused;
  if (observed.unanswered !== undefined) return errorWithoutAnswer(step, observed.unanswered);
  const { token, other } = observed;
  const issued = token !== undefined && bringsToken(token);
  const refusal = issued ? other : (token ?? other);
  if (refusal === undefined || (issued && refusal.status < 300)) {
    // The answer has tokens, but the strict client refused them: a bad ID token, an unusable token type.
    const { code } = cause as { code?: unknown };
    return new UpstreamError(
      step,
      { kind: 'unknown' },
      {
        cause: withoutAnswer(cause),
        ...(token && { status: token.status }),
        ...(typeof code === 'string' && { code }),
      },
    );
  }
  const { headers, text } = refusal;
  const status = refusal === token ? (observed.status ?? token.status) : refusal.status;
  const body = bodyOf(text);
  const error = typeof body.error === 'string' ? body.error : undefined;
  const signs = {
    ...{ step, status, error, body, retryAfter: retryAfterOf(headers, now) },
    challenge: headers.get('www-authenticate')?.slice(0, 300),
    page: /^\s*</.test(text),
    sent: observed.sent ?? [],
  };
  return errorFromAnswer(signs, classify);
}

function bodyOf(text: string) {
  return asObject(tryParse(text)) ?? {};
}

/** Returns the error with its message alone: the library attaches the whole answer, tokens included. */
function withoutAnswer(cause: unknown): Error {
  return cause instanceof Error ? new Error(`${cause.name}: ${cause.message}`) : new Error('not an error');
}
