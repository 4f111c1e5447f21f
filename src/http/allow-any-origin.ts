import type { RequestHandler } from 'express';

export interface CrossOrigin {
  /** Request headers that scripts may send beside the usual ones. */
  readonly send?: readonly string[];
  /** Response headers that scripts may read beside the usual ones. */
  readonly read?: readonly string[];
}

/** Returns the headers that allow any origin (CORS). */
export function crossOriginHeaders(
  methods: string,
  { send = [], read = [] }: CrossOrigin = {},
): Readonly<Record<string, string>> {
  return {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': ['Authorization', 'Content-Type', 'DPoP', ...send].join(', '),
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Expose-Headers': ['DPoP-Nonce', 'Retry-After', 'WWW-Authenticate', ...read].join(', '),
    'Access-Control-Max-Age': '3600',
  };
}

/** Allows any origin, for endpoints that accept a bearer token and ignore cookies. */
export function allowAnyOrigin(methods: string, further?: CrossOrigin): RequestHandler {
  const headers = crossOriginHeaders(methods, further);
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}
