import express, { type Request, Router } from 'express';
import type { Clock } from '../kit/clock.ts';
import type { BrokerClient, SignInWish } from './broker-client.ts';
import type { DemoConnection } from './options.ts';
import { renew } from './session.ts';
import { UnknownSignIn } from './trouble.ts';
import { beginSession, remember, take, visitorOf } from './visitor.ts';

export interface SignInDeps {
  readonly broker: BrokerClient;
  readonly connections: readonly DemoConnection[];
  readonly clock: Clock;
  readonly issuer: string;
  readonly clientId: string;
}

/** The routes of sign-in, sign-out and renewal. */
export function signInRoutes({ broker, connections, issuer, clientId }: SignInDeps): Router {
  const router = Router();
  const known = (alias: unknown) => connections.find((connection) => connection.alias === alias)?.alias;
  const begin = async (request: Request, wish: SignInWish) => {
    const { url, state, pending } = await broker.begin(wish);
    remember(visitorOf(request), state, pending);
    return url.href;
  };

  router.get('/sign-in', async (request, response) => {
    const chosen = known(request.query.connection);
    const wish = chosen === undefined ? {} : { aliases: [chosen], straightTo: chosen };
    response.redirect(303, await begin(request, wish));
  });

  // A further account is linked first, on the broker's page. That page leads back to the demo's home.
  router.post('/connect', express.urlencoded({ limit: '1kb' }), (request, response) => {
    const visitor = visitorOf(request);
    const alias = known((request.body as { connection?: unknown } | undefined)?.connection);
    if (!visitor.signedIn || alias === undefined) return response.redirect(303, '/');
    visitor.connecting = alias;
    const query = new URLSearchParams({ app: clientId });
    response.redirect(303, `${issuer}/account/link/${encodeURIComponent(alias)}?${query}`);
  });

  // Then the demo asks for that account, beside those that it may use already. The consent page asks for the new one.
  router.get('/', async (request, response, next) => {
    const visitor = visitorOf(request);
    const { connecting, signedIn } = visitor;
    visitor.connecting = undefined;
    if (!connecting || !signedIn || request.query.notice !== 'linked') return next();
    const allowed = signedIn.scope.split(' ').filter((scope) => scope.startsWith('idp:'));
    const aliases = new Set([...allowed.map((scope) => scope.slice('idp:'.length)), connecting]);
    response.redirect(303, await begin(request, { aliases: [...aliases] }));
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
