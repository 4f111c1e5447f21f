import express, { type ErrorRequestHandler, type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { allowAnyOrigin } from '../../http/allow-any-origin.ts';
import { invalidToken, presentedToken } from '../../http/bearer.ts';
import { methodNotAllowed } from '../../http/method-not-allowed.ts';
import type { Issuance } from '../../issuance/issuance.ts';
import { Problem } from '../../kit/problem.ts';
import { actAs } from '../../kit/request-context.ts';
import { backgroundReason, parseQuery } from '../../retrieval/input.ts';
import { isRefusal } from '../../retrieval/permission.ts';
import { managementAudience, myAccountAudience } from './apis.ts';
import { type Actor, completeBody, connectBody, type createConnectedAccounts } from './connected-accounts.ts';
import { type ManagementDeps, type Manager, readUser } from './management.ts';

export interface Auth0RoutesDeps extends ManagementDeps {
  readonly issuer: string;
  readonly issuance: Pick<Issuance, 'verifyAccessToken'>;
  readonly connectedAccounts: ReturnType<typeof createConnectedAccounts>;
}

/**
 * Auth0's My Account API for connected accounts, and the one Management API call that returns tokens. This
 * room translates requests, answers and errors; `retrieval` decides about tokens.
 */
export function auth0Routes(deps: Auth0RoutesDeps): Router {
  const { issuer, issuance, connectedAccounts } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const json = express.json({ limit: '64kb', inflate: false });
  const base = '/me/v1/connected-accounts';

  router.use(['/me', '/api/v2'], (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.use('/me', allowAnyOrigin('GET, POST, DELETE'));

  /** @throws Problem unless the bearer token is for this API, has the scope and is of the right kind. */
  async function actor(request: Request, scope: string): Promise<Actor> {
    const token = await issuance.verifyAccessToken(presentedToken(request), myAccountAudience(issuer));
    if (token.userId === undefined) throw invalidToken('This token acts for no user.');
    requireScope(token.scopes, scope);
    actAs({ kind: 'app', id: token.clientId });
    return { userId: token.userId, clientId: token.clientId };
  }

  /** Passes the result on, and notes a refusal of the bearer token. */
  async function noted<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (error) {
      if (isRefusal(error)) deps.refusals.noteInvalidToken(error);
      throw error;
    }
  }

  /** @throws Problem unless the bearer token is the app's own (client credentials), for this API, with `read:users`. */
  async function manager(request: Request): Promise<Manager> {
    const presented = presentedToken(request);
    const check = async (asOf?: 'now') => {
      const token = await issuance.verifyAccessToken(presented, managementAudience(issuer), asOf);
      if (token.userId !== undefined) throw invalidToken('Use a client-credentials token here.');
      actAs({ kind: 'app', id: token.clientId });
      requireScope(token.scopes, 'read:users');
      return token;
    };
    const token = await noted(check());
    const given = request.headers['symbolon-reason'];
    const reason = given === undefined ? undefined : parseQuery(backgroundReason, given);
    return { clientId: token.clientId, scopes: token.scopes, reason, again: () => check('now') };
  }

  /** Checks the caller before the body is read. */
  const mayConnect: RequestHandler = async (request, response, next) => {
    response.locals.who = await actor(request, 'create:me:connected_accounts');
    next();
  };
  const preflight: RequestHandler = (_request, response) => void response.status(204).end();

  router
    .route(`${base}/connect`)
    .post(mayConnect, json, async (request, response) => {
      const { who } = response.locals as { who: Actor };
      response.status(201).json(await connectedAccounts.connect(who, parseQuery(connectBody, request.body)));
    })
    .options(preflight)
    .all(methodNotAllowed('POST, OPTIONS'));

  router
    .route(`${base}/complete`)
    .post(mayConnect, json, async (request, response) => {
      const { who } = response.locals as { who: Actor };
      response
        .status(201)
        .json(await connectedAccounts.complete(who, parseQuery(completeBody, request.body)));
    })
    .options(preflight)
    .all(methodNotAllowed('POST, OPTIONS'));

  router
    .route(`${base}/accounts`)
    .get(async (request, response) => {
      const who = await actor(request, 'read:me:connected_accounts');
      const { connection } = parseQuery(accountsQuery, request.query);
      response.json({ accounts: await connectedAccounts.list(who, connection) });
    })
    .options(preflight)
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  router
    .route(`${base}/accounts/:id`)
    .delete(async (request, response) => {
      const who = await actor(request, 'delete:me:connected_accounts');
      await connectedAccounts.remove(who, String(request.params.id));
      response.status(204).end();
    })
    .options(preflight)
    .all(methodNotAllowed('DELETE, OPTIONS'));

  router
    .route(`${base}/connections`)
    .get(async (request, response) => {
      const who = await actor(request, 'read:me:connected_accounts');
      response.json({ connections: await connectedAccounts.connections(who) });
    })
    .options(preflight)
    .all(methodNotAllowed('GET, HEAD, OPTIONS'));

  router
    .route('/api/v2/users/:id')
    .get(async (request, response) => {
      const who = await manager(request);
      response.json(await readUser(deps, who, String(request.params.id)));
    })
    .all(methodNotAllowed('GET, HEAD'));

  router
    .route('/v2/logout')
    .get((request, response) => {
      const { client_id, returnTo } = parseQuery(logoutQuery, request.query);
      const query = new URLSearchParams({
        ...(client_id !== undefined && { client_id }),
        ...(returnTo !== undefined && { post_logout_redirect_uri: returnTo }),
      });
      // The broker's page asks the person, and returns only to an address that the app has registered.
      response.redirect(303, `/oidc/logout?${query}`);
    })
    .all(methodNotAllowed('GET, HEAD'));

  router.use('/api/v2', asManagementError);
  return router;
}

const logoutQuery = z.object({
  client_id: z.string().max(64).optional(),
  returnTo: z.string().max(2048).optional(),
});

const accountsQuery = z.object({ connection: z.string().min(1).max(64).optional() });

function requireScope(scopes: ReadonlySet<string>, scope: string): void {
  if (scopes.has(scope)) return;
  const challenge = `Bearer error="insufficient_scope", scope="${scope}"`;
  throw new Problem('insufficient_scope', {
    detail: `Insufficient scope, expected: ${scope}`,
    headers: { 'WWW-Authenticate': challenge },
  });
}

const reasons: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
};

/** Sends a problem in the shape of Auth0's errors. Codes that Auth0 has no word for stay as they are. */
const asManagementError: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  const reason = error instanceof Problem ? reasons[error.status] : undefined;
  if (!(error instanceof Problem) || reason === undefined) return next(error);
  const errorCode = error.code === 'not_found' ? 'inexistent_user' : error.code;
  response.set(error.headers).status(error.status);
  response.json({ statusCode: error.status, error: reason, message: error.message, errorCode });
};
