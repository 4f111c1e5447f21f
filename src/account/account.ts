import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Router } from 'express';
import { browserSession } from '../http/browser-session.ts';
import { createBrowserSessionStore } from '../http/browser-session-store.ts';
import { createAccountClient } from './client.ts';
import { createLinkEnd, type LinkEnd } from './finish-link.ts';
import { createMergeUsers, type MergeUsers } from './merge-users.ts';
import { createPartWith, type PartWith } from './part-with.ts';
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
  /** Unlinks an account for good: here, and for an operator. */
  readonly partWith: PartWith;
  /** Makes one of two users, likewise. */
  readonly mergeUsers: MergeUsers;
  /** Ends this browser's session; `session` must have run. */
  readonly onSignOut: (request: IncomingMessage) => Promise<void>;
  /** Ends this browser's session when it is another person's; likewise. */
  readonly onSignIn: (request: Request, userId: string) => Promise<void>;
  /** Ends all of a person's sessions. */
  readonly endSessions: (userId: string) => Promise<void>;
  /** Forgets sessions that are over. */
  readonly removeExpired: () => Promise<void>;
}

export function createAccount(deps: AccountDeps): Account {
  const { database, keyring, secure, identities, upstreamRevocations, issuance } = deps;
  const session = browserSession({
    pool: database.pool,
    keys: keyring.derive('account-session'),
    secure,
    name: 'symbolon-account',
  });
  const sessions = createBrowserSessionStore(database.pool);
  const partWith = createPartWith({ identities, upstreamRevocations, issuance, sessions });
  const mergeUsers = createMergeUsers({ identities, issuance, sessions });
  const client = createAccountClient(deps);
  return {
    router: accountRoutes(deps, { session, client, partWith, mergeUsers, sessions }),
    session,
    partWith,
    mergeUsers,
    onSignOut: endSessionOf,
    onSignIn: yieldSession,
    removeExpired: sessions.removeExpired,
    endSessions: (userId) => sessions.endOthers(userId, undefined),
    ...createLinkEnd(deps),
  };
}
