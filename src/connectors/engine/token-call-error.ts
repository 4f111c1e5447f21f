import type { Classify } from '../contract/failures.ts';
import { retryAfterOf, type Step, UpstreamError } from '../contract/failures.ts';
import { asObject, tryParse } from '../contract/wire.ts';
import { errorFromAnswer, errorWithoutAnswer } from './call-errors.ts';
import type { Observed } from './conformed-fetch.ts';
import { bringsToken } from './token-answer.ts';

export interface FailedCall {
  readonly step: Step;
  readonly observed: Observed;
  readonly cause: unknown;
}

/** What a failed call of the strict client means, from what went over the wire rather than from what it threw. */
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
    // Tokens came, but the strict client refused them: a bad ID token, an unusable token type.
    const { code } = cause as { code?: unknown };
    return new UpstreamError(
      step,
      { kind: 'unknown' },
      {
        cause: sayable(cause),
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

/** The library hangs the whole answer, tokens included, on the errors it throws; only the words are kept. */
function sayable(cause: unknown): Error {
  return cause instanceof Error ? new Error(`${cause.name}: ${cause.message}`) : new Error('not an error');
}
