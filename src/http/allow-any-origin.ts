import type { RequestHandler } from 'express';

/** Allows any origin (CORS), for endpoints that accept a bearer token and ignore cookies. */
export function allowAnyOrigin(methods: string): RequestHandler {
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': 'Authorization, Content-Type, DPoP',
    'Access-Control-Allow-Methods': methods,
    'Access-Control-Expose-Headers': 'DPoP-Nonce, Retry-After, WWW-Authenticate',
    'Access-Control-Max-Age': '3600',
  };
  return (_request, response, next) => {
    response.set(headers);
    next();
  };
}
