import type { RequestHandler } from 'express';
import { Problem } from '../kit/problem.ts';

/** A script's preflight goes on to whoever knows the origins; anybody else hears what is allowed (RFC 9110 section 9.3.7). */
export function options(allowed: string): RequestHandler {
  return ({ headers }, response, next) => {
    if (headers['access-control-request-method'] !== undefined) return next();
    response.set('Allow', allowed).status(204).end();
  };
}

/** RFC 9110 section 15.5.6: the answer names what is allowed. */
export function methodNotAllowed(allowed: string): RequestHandler {
  return () => {
    throw new Problem('method_not_allowed', { headers: { Allow: allowed } });
  };
}
