import { Router } from 'express';
import type { Clock } from '../kit/clock.ts';
import type { BrokerClient } from './broker-client.ts';
import type { DemoConnection } from './options.ts';
import { renew } from './session.ts';
import { UnknownSignIn } from './trouble.ts';
import { beginSession, remember, take, visitorOf } from './visitor.ts';

export interface SignInDeps {
  readonly broker: BrokerClient;
  readonly connections: readonly DemoConnection[];
  readonly clock: Clock;
}

/** The routes of sign-in, sign-out and renewal. */
export function signInRoutes({ broker, connections }: SignInDeps): Router {
  const router = Router();
  const aliases = connections.map(({ alias }) => alias);

  router.get('/sign-in', async (request, response) => {
    const chosen = aliases.find((alias) => alias === request.query.connection);
    const { url, state, pending } = await broker.begin(chosen === undefined ? aliases : [chosen], chosen);
    remember(visitorOf(request), state, pending);
    response.redirect(303, url.href);
  });

  router.get('/callback', async (request, response) => {
    const pending = take(visitorOf(request), request.query.state);
    if (!pending) throw new UnknownSignIn('no such sign-in is under way in this browser');
    const { searchParams } = new URL(request.originalUrl, 'http://demo');
    await beginSession(request, await broker.finish(searchParams, pending));
    response.redirect(303, '/');
  });

  router.post('/refresh', async (request, response) => {
    await renew(request, broker);
    response.redirect(303, '/');
  });

  router.post('/sign-out', async (request, response) => {
    const { signedIn } = visitorOf(request);
    await new Promise((resolve) => request.session.destroy(resolve));
    response.redirect(303, signedIn ? (await broker.signOutUrl(signedIn.idToken)).href : '/');
  });

  return router;
}
