import type { RequestHandler } from 'express';
import { Problem } from '../kit/problem.ts';

/** Responds to OPTIONS with the allowed methods (RFC 9110 section 9.3.7). */
export function answerOptions(allowed: string): RequestHandler {
  return (_request, response) => void response.set('Allow', allowed).status(204).end();
}

/** The same, but passes a script's preflight on to the handler that knows the allowed origins. */
export function answerOptionsUnlessPreflight(allowed: string): RequestHandler {
  const answer = answerOptions(allowed);
  return (request, response, next) =>
    request.headers['access-control-request-method'] === undefined ? answer(request, response, next) : next();
}

/** Refuses a request with 405 and the allowed methods (RFC 9110 section 15.5.6). */
export function methodNotAllowed(allowed: string): RequestHandler {
  return () => {
    throw new Problem('method_not_allowed', { headers: { Allow: allowed } });
  };
}
