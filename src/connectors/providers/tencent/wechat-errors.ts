import { asJson, asRefusal, bodyOf } from '../../contract/answer-json.ts';
import type { Failure, FailureSigns } from '../../contract/failures.ts';
import type { HttpAnswer } from '../../contract/rewrite.ts';

// The answers of all WeChat connectors: JSON sent as text/plain, errors with status 200.

export function rewriteAnswer(answer: HttpAnswer): HttpAnswer {
  const body = bodyOf(answer);
  if (!body) return answer;
  if (typeof body.access_token === 'string') return asJson(answer, body);
  const { errcode } = body;
  return typeof errcode === 'number' ? asRefusal(answer, { error: `wechat_${errcode}`, errcode }) : answer;
}

export function classify({ step, body }: FailureSigns): Failure | undefined {
  const { errcode } = body;
  if (typeof errcode !== 'number' || errcode === 0) return undefined;
  switch (errcode) {
    case -1:
      return { kind: 'unavailable' };
    case 45011:
      return { kind: 'rate-limited', retryAfter: undefined };
    case 40029:
    case 40163:
    case 42003:
      return { kind: 'code-spent' };
    case 40014:
    case 40030:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 42001:
    case 42002:
      return { kind: 'grant-dead', reason: 'expired' };
    case 42007:
      return { kind: 'grant-dead', reason: 'password_changed' };
    case 40013:
    case 40125:
    case 41002:
    case 41004:
    case 48001:
      return { kind: 'misconfigured' };
    // 40001 means a wrong secret at the code exchange, and an invalid token afterwards.
    case 40001:
      return step === 'exchange' ? { kind: 'misconfigured' } : { kind: 'grant-dead', reason: 'rejected' };
    default:
      return { kind: 'unknown' };
  }
}
