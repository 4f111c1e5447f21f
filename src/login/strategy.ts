import type { Request, Response } from 'express';
import passport, { type Strategy } from 'passport';
import type { AuthorizeOptions } from '../connectors/contract/calls.ts';
import type { Callback } from '../connectors/contract/registration.ts';
import type { UpstreamSignIn } from '../connectors/contract/upstream-sign-in.ts';

/** The input of a strategy that starts a sign-in. */
export interface AuthorizationRun {
  readonly ask: AuthorizeOptions;
  /** Keeps what the callback must find again; answers the `state`. */
  readonly open: (secrets: { verifier: string | undefined; nonce: string | undefined }) => Promise<string>;
}

/** What a strategy must know of the callback it finishes, all of it checked before. */
export interface CallbackRun {
  readonly code: string;
  /** RFC 9207. */
  readonly iss: string | undefined;
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
  readonly callback?: Callback;
}

/** Runs a strategy up to its redirect and answers where that leads. */
export function runAuthorization(strategy: Strategy, request: Request): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (error: unknown) => reject(error ?? new Error('the strategy did not redirect'));
    // Passport redirects by writing the response; our caller decides how to answer, so the address is caught here.
    const headers = new Map<string, string>();
    const caught: Pick<Response, 'statusCode'> & Record<string, unknown> = {
      statusCode: 200,
      setHeader: (name: string, value: string) => headers.set(name.toLowerCase(), value),
      end: () => resolve(headers.get('location') ?? ''),
    };
    passport.authenticate(strategy, { session: false }, fail)(bare(request, {}), caught, fail);
  });
}

/** Runs a strategy on a callback. @throws UpstreamError */
export function runCallback(
  strategy: Strategy,
  request: Request,
  { code }: CallbackRun,
): Promise<UpstreamSignIn> {
  return new Promise((resolve, reject) => {
    const done = (error: unknown, arrived?: UpstreamSignIn | false) => {
      if (error || !arrived) reject(error ?? new Error('the strategy failed without a reason'));
      else resolve(arrived);
    };
    passport.authenticate(strategy, { session: false }, done)(bare(request, { code }), {}, done);
  });
}

/** The request as a strategy may see it: the parameters we checked, and none besides. */
function bare(request: Request, query: Readonly<Record<string, string>>): Request {
  return Object.create(request, { query: { value: query }, body: { value: {} } }) as Request;
}
