import type { IncomingMessage, ServerResponse } from 'node:http';
import { AccessRefusedError, type Authentication, createVerifier, type VerifierOptions } from './verifier.ts';

export interface RequireTokenOptions extends VerifierOptions {
  /** Scopes that the token must have. */
  readonly scope?: string | readonly string[];
}

const verified = new WeakMap<IncomingMessage, Authentication>();

/** Middleware for Express, and for frameworks that pass on Node's request and response. */
export function requireToken({ scope = [], ...options }: RequireTokenOptions) {
  const verifier = createVerifier(options);
  return async (
    request: IncomingMessage,
    response: ServerResponse,
    next: (error?: unknown) => void,
  ): Promise<void> => {
    try {
      verified.set(request, await verifier.authenticate(request.headers.authorization, scope));
    } catch (error) {
      if (!(error instanceof AccessRefusedError)) return next(error);
      response.writeHead(error.status, error.headers).end();
      return;
    }
    next();
  };
}

/** Returns the authentication of a request. @throws Error where `requireToken` did not run before. */
export function authenticationOf(request: IncomingMessage): Authentication {
  const known = verified.get(request);
  if (known) return known;
  throw new Error('requireToken has not seen this request');
}
