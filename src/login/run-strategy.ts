import type { Request, Response } from 'express';
import passport, { type Strategy } from 'passport';
import type { AuthorizeOptions } from '../connectors/contract/calls.ts';
import type { Callback } from '../connectors/contract/registration.ts';
import type { UpstreamSignIn } from '../connectors/contract/upstream-sign-in.ts';

/** The input of a strategy that redirects to the provider. */
export interface AuthorizationRun {
  readonly ask: AuthorizeOptions;
  /** Stores the secrets for the callback, and returns the `state`. */
  readonly start: (secrets: { verifier: string | undefined; nonce: string | undefined }) => Promise<string>;
}

/** The input of a strategy that finishes a callback; its values have been checked before. */
export interface CallbackRun {
  readonly code: string;
  /** The issuer in the callback (RFC 9207). */
  readonly iss: string | undefined;
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
  readonly callback?: Callback;
}

/** Runs a strategy up to its redirect, and returns the URL of that. */
export function runAuthorization(strategy: Strategy, request: Request): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error ?? new Error('the strategy did not redirect'));
    // Passport redirects by writing the response. The caller of this function decides how to answer, so the
    // URL is captured.
    const headers = new Map<string, string>();
    const caught: Pick<Response, 'statusCode'> & Record<string, unknown> = {
      statusCode: 200,
      setHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
      end: () => resolve(headers.get('location') ?? ''),
    };
    passport.authenticate(strategy, { session: false }, fail)(
      withCheckedParameters(request, {}),
      caught,
      fail,
    );
  });
}

/** Runs a strategy on a callback. @throws UpstreamError */
export function runCallback(
  strategy: Strategy,
  request: Request,
  { code }: CallbackRun,
): Promise<UpstreamSignIn> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, completed?: UpstreamSignIn | false) => {
      if (error || !completed) reject(error ?? new Error('the strategy failed without a reason'));
      else resolve(completed);
    };
    passport.authenticate(strategy, { session: false }, done)(
      withCheckedParameters(request, { code }),
      {},
      done,
    );
  });
}

/** Returns the request as a strategy may see it: with the checked parameters only. */
function withCheckedParameters(request: Request, query: Readonly<Record<string, string>>): Request {
  return Object.create(request, { query: { value: query }, body: { value: {} } }) as Request;
}
