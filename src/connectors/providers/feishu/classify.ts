import { numberOf } from '../../contract/answer-json.ts';
import type { Failure, FailureSigns } from '../../contract/failures.ts';

/** Classifies the codes of Feishu and Lark: five digits at the token endpoint, eight at the API. */
export function classify({ step, body, retryAfter }: FailureSigns): Failure | undefined {
  const code = numberOf(body.code);
  if (code === undefined || code === 0) return undefined;
  switch (code) {
    case 20003:
    case 20004:
    case 20065:
      return { kind: 'code-spent' };
    case 20026:
    case 99991661:
    case 99991663:
    case 99991668:
    case 99991671:
      return { kind: 'grant-dead', reason: 'rejected' };
    case 20037:
    case 99991677:
      return { kind: 'grant-dead', reason: 'expired' };
    case 20064:
      return { kind: 'grant-dead', reason: 'revoked_by_user' };
    case 20073:
      return { kind: 'grant-dead', reason: 'reuse_detected' };
    case 20002:
    case 20010:
    case 20027:
    case 20029:
    case 99991543:
    case 99991662:
    case 99991672:
    case 99991673:
      return { kind: 'misconfigured' };
    case 20050:
      return { kind: 'unavailable', retryAfter };
    case 99991400:
      return { kind: 'rate-limited', retryAfter };
    default:
      // The token endpoint sends RFC 6749's error beside the code, which the general rule reads.
      return step === 'profile' ? { kind: 'unknown' } : undefined;
  }
}
