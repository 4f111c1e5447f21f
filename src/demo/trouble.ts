import type { ErrorRequestHandler } from 'express';
import { AuthorizationResponseError, ClientError, ResponseBodyError } from 'openid-client';
import { sendPage } from './pages/layout.ts';
import { type Trouble, troublePage } from './pages/trouble.ts';
import { troubles } from './texts.ts';

/** The sign-in was not started by this browser, or is already used. */
export class UnknownSignIn extends Error {
  override readonly name = 'UnknownSignIn';
}

/** The broker refuses the tokens of this session. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** The only place where an error becomes a page. */
export function answerTrouble(onError: (error: unknown) => void): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    const trouble = troubleOf(error);
    if (trouble.status >= 500) onError(error);
    sendPage(response, (locale) => troublePage(trouble, locale), trouble.status);
  };
}

function troubleOf(error: unknown): Trouble {
  if (error instanceof UnknownSignIn) return { status: 400, text: troubles.unknown };
  if (error instanceof SessionEnded) return { status: 401, text: troubles.ended };
  if (error instanceof AuthorizationResponseError) {
    const text = error.error === 'access_denied' ? troubles.denied : troubles.refused;
    return { status: 400, text, code: error.error, description: error.error_description };
  }
  if (error instanceof ResponseBodyError) {
    return { status: 502, text: troubles.refused, code: error.error, description: error.error_description };
  }
  if (isUnreachable(error)) return { status: 503, text: troubles.unreachable };
  if (error instanceof ClientError) return { status: 502, text: troubles.refused, code: error.code };
  return { status: statusOf(error), text: troubles.failed };
}

/** fetch reports TypeError with the reason as its cause; a timeout has its own name. */
function isUnreachable(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if (one.name === 'TimeoutError' || (one instanceof TypeError && one.message === 'fetch failed'))
      return true;
  }
  return false;
}

/** Express reports a malformed request by a status. */
function statusOf(error: unknown): number {
  const status = error instanceof Error && 'status' in error ? Number(error.status) : 500;
  return status >= 400 && status < 500 ? status : 500;
}
