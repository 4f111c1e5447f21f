import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Router } from 'express';
import { browserSession } from '../http/browser-session.ts';
import { createAccountClient } from './client.ts';
import { createLinkEnd, type LinkEnd } from './finish-link.ts';
import type { AccountDeps } from './ports.ts';
import { accountRoutes } from './routes.ts';
import { endSessionIfAny, signOutOther } from './session.ts';

/**
 * The account page: linked accounts with their health, the apps that may use them, and the steps to link, unlink,
 * reauthorise, merge, withdraw consent and sign out. It is a client of the broker like any app. Its browser session holds
 * the user id and the time of the sign-in, never a token. It hands on to login (a link begins a sign-in), to `offboarding`
 * (unlink, merge) and to issuance (consents, sessions).
 */
export interface Account extends LinkEnd {
  /** The routes under /account, to be mounted at the root. */
  readonly router: Router;
  /** The session middleware. It must run before `signedInUser` is called outside this room, on the callbacks. */
  readonly session: RequestHandler;
  /** Ends this browser's session. `session` must have run. */
  readonly onSignOut: (request: IncomingMessage) => Promise<void>;
  /** Signs another person out of this browser's session. `session` must have run. */
  readonly onSignIn: (request: Request, userId: string) => Promise<void>;
}

export function createAccount(deps: AccountDeps): Account {
  const { database, rowTags, keyring, secure } = deps;
  const session = browserSession({
    pool: database.pool,
    rowTags,
    keys: keyring.derive('account-session'),
    secure,
    name: 'symbolon-account',
  });
  const client = createAccountClient(deps);
  return {
    router: accountRoutes(deps, { session, client }),
    session,
    onSignOut: endSessionIfAny,
    onSignIn: signOutOther,
    ...createLinkEnd(deps),
  };
}
