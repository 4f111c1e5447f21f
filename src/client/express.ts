import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessRefusedError, type Authentication, createVerifier, type VerifierOptions } from './verifier.ts';

export interface RequireTokenOptions extends VerifierOptions {
  /** Scopes that the token must have. */
  readonly scope?: string | readonly string[];
  /**
   * The address of your API as its clients write it, `https://api.example.com`. Tokens that are bound to a key (DPoP) need it:
   * their proofs name it. Without it they are refused.
   */
  readonly origin?: string;
}

const verified = new WeakMap<IncomingMessage, Authentication>();

/** Middleware for Express, and for frameworks that pass on Node's request and response. */
export function requireToken({ scope = [], origin, ...options }: RequireTokenOptions) {
  const verifier = createVerifier(options);
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      const proven = origin === undefined ? undefined : provenBy(request, origin);
      verified.set(request, await verifier.authenticate(request.headers.authorization, scope, proven));
    } catch (error) {
      if (!(error instanceof AccessRefusedError)) return next(error);
      response.writeHead(error.status, error.headers).end();
      return;
    }
    next();
  };
}

/** Returns a request as its proof must name it. */
export function provenBy(request: IncomingMessage & { readonly originalUrl?: string }, origin: string) {
  const path = request.originalUrl ?? request.url ?? '/';
  return {
    method: request.method ?? 'GET',
    url: new URL(origin).origin + path,
    proofs: request.headersDistinct.dpop,
  };
}

/** Returns the authentication of a request. @throws Error where `requireToken` did not run before. */
export function authenticationOf(request: IncomingMessage): Authentication {
  const known = verified.get(request);
  if (known) return known;
  throw new Error('requireToken has not seen this request');
}
