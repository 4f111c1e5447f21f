import type { Request } from 'express';
import { Problem } from '../kit/problem.ts';

/** An access token as a request presents it. `issuance` checks token and sender together (senders/sender-check.ts). */
export interface PresentedToken {
  readonly token: string;
  /**
   * `Bearer`, `DPoP`: by the scheme of the Authorization header. `subject`: as a parameter of a token request by the app
   * that it was issued to, which proves its key there. `received`: as such a parameter by the API that it was issued for.
   */
  readonly by: 'Bearer' | 'DPoP' | 'subject' | 'received';
  readonly request: PresentingRequest;
}

/** The keys that a token is bound to (`cnf`, RFC 7800), or that a request has proven. */
export interface SenderKeys {
  /** The thumbprint of the key of the DPoP proof (RFC 9449 section 6). */
  readonly jkt?: string | undefined;
  /** The hash of the client certificate (RFC 8705 section 3.1). */
  readonly x5t?: string | undefined;
}

/** The parts of an Express request that show who sends it. */
export type PresentingRequest = Pick<Request, 'headers' | 'method' | 'originalUrl' | 'socket' | 'res'>;

/** Returns the access token of the header, never of the query, since URLs are logged and cached (RFC 6750 section 5.3). */
export function presentedToken(request: Request): PresentedToken {
  if (request.query.access_token !== undefined) {
    throw new Problem('invalid_request', { detail: 'Send the access token in the Authorization header.' });
  }
  const presented = inHeader(request);
  if (!presented) throw invalidToken();
  return presented;
}

/** Returns the access token of the header, under the scheme of RFC 6750 or RFC 9449. */
export function inHeader(request: Request): PresentedToken | undefined {
  const found = tokenIn(request.headers);
  return found && { ...found, request };
}

/** Returns the token and its scheme. */
export function tokenIn({
  authorization = '',
}: Request['headers']): Pick<PresentedToken, 'token' | 'by'> | undefined {
  const [, scheme = '', token] = /^(Bearer|DPoP) +([A-Za-z0-9\-._~+/]+=*)$/i.exec(authorization) ?? [];
  if (token === undefined) return undefined;
  return { token, by: scheme.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer' };
}

export function invalidToken(detail?: string): Problem {
  const headers = { 'WWW-Authenticate': 'Bearer error="invalid_token"' };
  return new Problem('invalid_token', { headers, ...(detail !== undefined && { detail }) });
}
