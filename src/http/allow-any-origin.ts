import type { RequestHandler } from 'express';

export interface CrossOrigin {
  /** Request headers that scripts may send beside the usual ones. */
  readonly send?: readonly string[];
  /** Response headers that scripts may read beside the usual ones. */
  readonly read?: readonly string[];
}

/** Allows any origin (CORS), for endpoints that accept a bearer token and ignore cookies. */
export function allowAnyOrigin(methods: string, { send = [], read = [] }: CrossOrigin = {}): RequestHandler {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': ['Authorization', 'Content-Type', 'DPoP', ...send].join(', '),
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Expose-Headers': ['DPoP-Nonce', 'Retry-After', 'WWW-Authenticate', ...read].join(', '),
    'Access-Control-Max-Age': '3600',
  };
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}
