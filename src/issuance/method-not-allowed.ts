import type { RequestHandler } from 'express';
import { Problem } from '../kit/problem.ts';

/** RFC 9110 section 15.5.6: the answer names what is allowed. */
export function methodNotAllowed(allowed: string): RequestHandler {
  return () => {
    throw new Problem('method_not_allowed', { headers: { Allow: allowed } });
  };
}
