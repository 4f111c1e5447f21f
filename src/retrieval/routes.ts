import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { allowAnyOrigin } from '../http/allow-any-origin.ts';
import { invalidToken, type PresentedToken, presentedToken } from '../http/bearer.ts';
import { answerOptions, methodNotAllowed } from '../http/method-not-allowed.ts';
import type { Identities } from '../identities/identities.ts';
import type { ConnectionBinding } from '../issuance/consent/connection-binding.ts';
import { seconds } from '../kit/clock.ts';
import { Problem } from '../kit/problem.ts';
import type { IdentityAnswer, TokenAnswer } from './answers.ts';
import { describeIdentity } from './describe-identity.ts';
import { backgroundReason, parseQuery, tokenQuery } from './input.ts';
import { type AsOf, type Caller, callerBy, callerFrom, hasScopeFor } from './permission.ts';
import { policyFor } from './policy.ts';
import type { ApprovedCalls } from './proxy/approved-call.ts';
import type { ProxyDeps } from './proxy/proxy-call.ts';
import { mountProxy } from './proxy/routes.ts';
import { type Ask, retrieve } from './retrieve.ts';

/** The verified content of an access token of the broker. */
export interface VerifiedToken {
  readonly userId: string | undefined;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** The connections that its `idp:{alias}` scopes are for. */
  readonly granted: ConnectionBinding;
  readonly onBehalf?: Caller['onBehalf'];
  readonly isSelfRegistered?: boolean | undefined;
  readonly approvals?: Caller['approvals'];
}

export interface RetrievalRoutesDeps extends ProxyDeps {
  readonly identities: Identities;
  /** Verifies an access token, also one by which an API acts. */
  readonly verifyAny: (presented: PresentedToken, asOf?: 'now') => Promise<VerifiedToken>;
  /** The single calls that people have approved for a token. */
  readonly approvedCalls: ApprovedCalls;
}

/**
 * `/v1`: retrieval of provider tokens. This room decides whether an app may have a token, takes it from the vault and
 * audits the retrieval. It stores no token and calls no provider to refresh one: the vault does. `dialects` translates other
 * brokers' protocols to the same check.
 */
export function retrievalRoutes(deps: RetrievalRoutesDeps): Router {
  const { verifyAny: verify, identities, clock } = deps;
  const router = Router({ caseSensitive: true });

  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });

  const userPaths = ['/me', '/me/identities', '/me/identities/:ref/token'];
  router.all(userPaths, allowAnyOrigin('GET'));
  router.options(userPaths, answerOptions('GET, HEAD, OPTIONS'));

  async function userCaller(request: Request): Promise<Caller> {
    const presented = presentedToken(request);
    const check = async (asOf: AsOf) => {
      const { userId, ...verified } = await verify(presented, asOf);
      return userId === undefined ? undefined : callerFrom(verified, userId);
    };
    return await callerBy(deps, check, () => invalidToken('This token acts for no user.'));
  }

  /** Returns the caller of a request with a client-credentials token, which acts while the user is away. */
  async function backgroundCaller(request: Request): Promise<Caller> {
    const presented = presentedToken(request);
    const check = async (asOf: AsOf) => {
      const { userId, ...verified } = await verify(presented, asOf);
      const user = String(request.params.user);
      return userId === undefined ? callerFrom(verified, user, { background: true }) : undefined;
    };
    return await callerBy(deps, check, () => invalidToken('Use a client-credentials token here, or /v1/me.'));
  }

  /** With `force`, a token that was refreshed before the request arrived does not suffice. */
  function askOf(request: Request, arrivedAt: Date): Ask {
    const { min_ttl, scope = [], force } = parseQuery(tokenQuery, request.query);
    const needs = { minTtl: seconds(min_ttl), refreshedSince: force === 'true' ? arrivedAt : undefined };
    return { ref: String(request.params.ref), needs, scopes: scope };
  }

  router.get('/me/identities/:ref/token', async (request, response) => {
    const arrivedAt = clock.now();
    const caller = await userCaller(request);
    send(response, await retrieve(deps, caller, askOf(request, arrivedAt)));
  });

  router.get('/me', async (request, response) => {
    const caller = await userCaller(request);
    // The person has let the API use accounts, and not read the profile.
    if (caller.onBehalf) throw new Problem('insufficient_scope');
    const user = await identities.findUser(caller.userId);
    if (!user) throw invalidToken();
    const { id } = user;
    // Apps of an operator have had these members with any scope, and rely on them.
    const isTold = !caller.isSelfRegistered || caller.scopes.has('profile');
    const { name, picture } = isTold ? user : { name: null, picture: null };
    response.json({ id, name, picture, identities: await identitiesOf(deps, caller) });
  });

  router.get('/me/identities', async (request, response) => {
    const caller = await userCaller(request);
    response.json({ identities: await identitiesOf(deps, caller) });
  });

  router.get('/users/:user/identities/:ref/token', async (request, response) => {
    const arrivedAt = clock.now();
    const caller = await backgroundCaller(request);
    const reason = reasonOf(request.query.reason ?? request.headers['symbolon-reason']);
    send(response, await retrieve(deps, caller, { ...askOf(request, arrivedAt), reason }));
  });

  mountProxy(router, {
    ...deps,
    callers: {
      me: async (request) => ({ caller: await userCaller(request) }),
      // The query string belongs to the provider's API, so the reason comes in the header only.
      users: async (request) => ({
        caller: await backgroundCaller(request),
        reason: reasonOf(request.headers['symbolon-reason']),
      }),
    },
  });

  router.all(userPaths, methodNotAllowed('GET, HEAD, OPTIONS'));
  router.all(['/users/:user/identities/:ref/token'], methodNotAllowed('GET, HEAD'));
  return router;
}

function reasonOf(given: unknown): string {
  return parseQuery(z.object({ reason: backgroundReason }), { reason: given ?? '' }).reason;
}

/** Writes head and body in one chunk, unlike `response.json`. */
function send(response: Response, answer: TokenAnswer): void {
  const body = JSON.stringify(answer);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(body));
  response.end(body);
}

/** Returns the identities whose connection is named by the token's scopes and listed in the app's policy. */
async function identitiesOf(deps: RetrievalRoutesDeps, caller: Caller): Promise<readonly IdentityAnswer[]> {
  const mine = await deps.identities.ofUser(caller.userId);
  const named = await Promise.all(
    mine.map(async (identity) => {
      const connection = await deps.connections.findById(identity.connectionId);
      if (!connection || !hasScopeFor(caller, connection)) return [];
      const policy = await policyFor(deps, caller, connection);
      return policy && policy.isAllowed !== false ? [{ identity, connection }] : [];
    }),
  );
  const visible = named.flat();
  const health = await deps.vault.health(
    visible.map(({ identity, connection }) => ({ id: identity.id, connection })),
  );
  return visible.map(({ identity, connection }) =>
    describeIdentity(identity, connection, health.get(identity.id)),
  );
}
