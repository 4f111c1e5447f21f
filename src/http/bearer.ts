import type { Request } from 'express';
import { Problem } from '../kit/problem.ts';

/** Returns the bearer token, from the header only, since URLs are logged and cached (RFC 6750 section 5.3). */
export function bearerToken(request: Request): string {
  if (request.query.access_token !== undefined) {
    throw new Problem('invalid_request', { detail: 'Send the access token in the Authorization header.' });
  }
  const [, token] = /^Bearer +([A-Za-z0-9\-._~+/]+=*)$/i.exec(request.headers.authorization ?? '') ?? [];
  if (token === undefined) throw invalidToken();
  return token;
}

export function invalidToken(detail?: string): Problem {
  const headers = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
  return new Problem('invalid_token', { headers, ...(detail !== undefined && { detail }) });
}
