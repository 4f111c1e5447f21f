import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Router } from 'express';
import { browserSession } from '../http/browser-session.ts';
import { createAccountClient } from './client.ts';
import { createLinkEnd, type LinkEnd } from './finish-link.ts';
import type { AccountDeps } from './ports.ts';
import { accountRoutes } from './routes.ts';
import { endSessionOf, yieldSession } from './session.ts';

/**
 * The signed-in person's own page: what is linked, how it is, who may use it, and the ways to change that. It is a
 * client of the broker like any other app, with a session of its own that holds who and since when, never a token.
 */
export interface Account extends LinkEnd {
  /** All its paths start with /account; to be mounted at the root. */
  readonly router: Router;
  /** Must have run where `signedInUser` is asked outside this room: on the providers' callbacks. */
  readonly session: RequestHandler;
  /** Ends this browser's session; `session` must have run. */
  readonly onSignOut: (request: IncomingMessage) => Promise<void>;
  /** Ends this browser's session when it is another person's; likewise. */
  readonly onSignIn: (request: Request, userId: string) => Promise<void>;
}

export function createAccount(deps: AccountDeps): Account {
  const { database, keyring, secure } = deps;
  const session = browserSession({
    pool: database.pool,
    keys: keyring.derive('account-session'),
    secure,
    name: 'symbolon-account',
  });
  const client = createAccountClient(deps);
  return {
    router: accountRoutes(deps, { session, client }),
    session,
    onSignOut: endSessionOf,
    onSignIn: yieldSession,
    ...createLinkEnd(deps),
  };
}
