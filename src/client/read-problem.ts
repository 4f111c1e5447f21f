import { type Fields, fieldsOf, textOf, textsOf } from './json.ts';
import { type Choice, type Problem, SymbolonError } from './problem.ts';

/** Returns the problem that an answer of the broker describes. */
export async function refusalOf(response: Response): Promise<SymbolonError> {
  const { status, headers } = response;
  const ours = /^application\/(problem\+)?json/.test(headers.get('content-type') ?? '');
  const body = ours ? fieldsOf(await response.json().catch(() => undefined)) : {};
  // The token endpoint answers as RFC 6749 section 5.2 says, and everything else as RFC 9457.
  const code = textOf(body.code) ?? textOf(body.error);
  const circumstances = {
    status,
    requestId: textOf(body.request_id),
    detail:
      textOf(body.detail) ??
      textOf(body.error_description) ??
      (code === undefined ? `${response.url} answered ${status}` : undefined),
  };
  const problem: Problem = code === undefined ? { code: 'unreachable' } : problemOf(code, body, headers);
  return new SymbolonError(problem, circumstances);
}

function problemOf(code: string, body: Fields, headers: Headers): Problem {
  const connectUrl = textOf(body.connect_url);
  const reauthorizeUrl = textOf(body.reauthorize_url) ?? connectUrl;
  switch (code) {
    case 'invalid_token':
    case 'connection_not_allowed':
    case 'invalid_grant':
      return { code };
    case 'access_denied':
      return { code, connection: textOf(body.connection), connectUrl };
    case 'consent_required':
      return { code, consentUrl: textOf(body.consent_url) };
    case 'insufficient_scope':
      return { code, scope: /scope="([^"]*)"/.exec(headers.get('www-authenticate') ?? '')?.[1] };
    case 'insufficient_upstream_scope':
      return { code, missing: textsOf(body.missing), reauthorizeUrl };
    case 'identity_not_found':
      return { code, linkUrl: textOf(body.link_url) };
    case 'identity_selection_required':
      return { code, identities: choicesIn(body.identities) };
    case 'reauthorization_required':
      return { code, reason: textOf(body.reason) ?? 'rejected', since: textOf(body.since), reauthorizeUrl };
    case 'too_many_requests':
    case 'provider_unavailable':
    case 'unavailable':
      return { code, retryAfter: secondsIn(headers.get('retry-after')) };
    case 'provider_error':
      return { code, step: textOf(body.step) };
    default:
      return { code: 'refused', refusal: code };
  }
}

function choicesIn(value: unknown): readonly Choice[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((one) => {
    const { id, name } = fieldsOf(one);
    return typeof id === 'string' ? [{ id, name: textOf(name) ?? null }] : [];
  });
}

function secondsIn(retryAfter: string | null): number {
  const seconds = Number(retryAfter ?? '');
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 1;
}
