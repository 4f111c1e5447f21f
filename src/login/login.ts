import type { Request, Response } from 'express';
import type { AuthorizeOptions } from '../connectors/contract/calls.ts';
import { UpstreamError } from '../connectors/contract/failures.ts';
import type { Upstream } from '../connectors/engine/upstream.ts';
import { rememberUse } from '../http/last-used.ts';
import type { Clock } from '../kit/clock.ts';
import { actAs, currentActor } from '../kit/request-context.ts';
import { type CallbackInput, parseCallback } from './callback-input.ts';
import { isOfAnotherIssuer } from './callback-issuer.ts';
import type { Connection, Connections } from './connections.ts';
import { ConnectionChanged, type LoginAttempt, type LoginAttempts } from './login-attempts.ts';
import { ConnectionOAuth2Strategy } from './oauth2-strategy.ts';
import { ConnectionOidcStrategy } from './oidc-strategy.ts';
import { reauthenticationFailure, reauthenticationOf, secondsSince } from './reauthentication.ts';
import { type AuthorizationRun, type CallbackRun, runAuthorization, runCallback } from './run-strategy.ts';
import type { CompletedSignIn, Resume, SignInStart } from './sign-in.ts';
import {
  endDenied,
  endFailed,
  type FailureDeps,
  type Rejection,
  rejectionProblem,
  rejectSignIn,
} from './sign-in-failures.ts';

/**
 * Sign-in through a provider. This room owns the connections (the broker's registrations at providers), the
 * pending sign-ins, and the callback with its checks: state, issuer, browser, recent authentication. It
 * stores neither users nor tokens. A completed sign-in goes to `onSignIn`, which `assembly` connects to
 * `identities` and `vault`; from there the waiting flow continues in `issuance` or `account`.
 */
export interface Login {
  /**
   * Returns the provider's URL for the redirect. @throws Problem when the connection is not offered for this
   */
  begin(request: Request, response: Response, start: SignInStart): Promise<string>;
  /** Returns the URL to redirect to. @throws Problem when the callback belongs to no pending sign-in */
  finish(
    request: Request,
    response: Response,
    callback: { readonly alias: string; readonly parameters: URLSearchParams; readonly posted: boolean },
  ): Promise<string>;
}

export interface LoginDeps extends FailureDeps {
  readonly connections: Connections;
  readonly attempts: LoginAttempts;
  readonly clock: Clock;
  /** Returns the user who is signed in to the broker's own pages in this browser. */
  readonly signedInUser: (request: Request) => string | undefined;
  readonly onSignIn: (signIn: CompletedSignIn, request: Request) => Promise<string>;
}

interface Exchange {
  readonly request: Request;
  readonly response: Response;
}

export function createLogin(deps: LoginDeps): Login {
  const { connections, attempts, events, clock, log } = deps;

  // The statements on the attempt prove that a connection from the cache is the present one.
  const findOffered = async ({ alias, resume }: SignInStart): Promise<Connection> => {
    const cached = await connections.find(alias);
    if (cached && isOffered(cached, resume)) return cached;
    const connection = await connections.findNow(alias);
    if (!connection) throw rejectionProblem('not_offered');
    if (isOffered(connection, resume)) return connection;
    throw await rejectSignIn(deps, connection, { step: 'authorize', code: 'not_offered' });
  };

  async function begin(
    request: Request,
    response: Response,
    { start, connection }: { readonly start: SignInStart; readonly connection: Connection },
  ): Promise<string> {
    const { resume } = start;
    const initiatingUserId = resume.kind === 'link' ? resume.userId : undefined;
    const scopes = [...new Set([...connection.registration.scopes, ...(start.moreScopes ?? [])])];
    const reauthentication = reauthenticationOf(connection.connector, start, clock.now());
    const attempt = { scopes, reauthentication, connection, resume, initiatingUserId };
    const run: AuthorizationRun = {
      ask: authorizeOptionsOf(start, connection),
      start: (secrets) => attempts.start({ ...secrets, ...attempt }, response),
    };
    const upstream = withScopes(scopes, connection);
    const url = await runAuthorization(strategyFor(upstream, { authorization: run }), request);
    await events.record({
      type: 'login.started',
      connection: connection.alias,
      userId: initiatingUserId,
      unproven: currentActor().kind === 'anonymous',
    });
    return url;
  }

  /** Returns the attempt, and the connection as it is now. */
  async function consume(state: string, known: Connection, exchange: Exchange) {
    const attempt = await attempts.consume(state, known, exchange);
    if (attempt?.isCurrent) return { attempt, connection: known };
    const connection = await connections.findNow(known.alias);
    if (connection === undefined || (attempt !== undefined) !== (connection.id === known.id))
      return undefined;
    if (attempt) return { attempt, connection };
    // Another connection has the alias now.
    const other = await attempts.consume(state, connection, exchange);
    return other && { attempt: other, connection };
  }

  return {
    async begin(request, response, start) {
      const connection = await findOffered(start);
      try {
        return await begin(request, response, { start, connection });
      } catch (error) {
        if (!(error instanceof ConnectionChanged)) throw error;
        connections.clearCache();
        return await begin(request, response, { start, connection: await findOffered(start) });
      }
    },

    async finish(request, response, { alias, parameters, posted }) {
      const known = (await connections.find(alias)) ?? (await connections.findNow(alias));
      if (!known) throw rejectionProblem('not_open');
      const { callback: callbackTraits } = known.connector;
      // A cross-site POST comes without our cookies. The browser sends them with the GET that follows.
      if (posted && callbackTraits?.mode === 'form_post')
        return `${known.registration.redirectUri}?${parameters}`;
      const input = parseCallback(parameters, callbackTraits?.code);
      if (!input) throw await rejectSignIn(deps, known, { code: 'malformed' });
      const taken = await consume(input.state, known, { request, response });
      if (!taken) {
        const retry = attempts.retryPath(input.state, request);
        throw await rejectSignIn(deps, known, { code: 'not_open', retry });
      }
      const { attempt, connection } = taken;
      const rejection = rejectionOf(attempt, { connection, input, signedIn: deps.signedInUser(request) });
      if (rejection === 'other_issuer') {
        // The log shows the issuer that the admin has to enter if the provider has begun to send `iss`.
        const names = { expected: connection.registration.issuer, named: input.iss?.slice(0, 256) };
        log.warn({ connection: alias, ...names }, 'a callback names another issuer than the connection');
      }
      if (rejection) throw await rejectSignIn(deps, connection, { code: rejection });
      if (attempt.initiatingUserId !== undefined) actAs({ kind: 'person', id: attempt.initiatingUserId });
      const { resume, verifier, nonce, scopes, reauthentication } = attempt;
      // Some providers send neither code nor error when the person declines.
      if (input.code === undefined)
        return await endDenied(deps, { connection, resume, error: input.error ?? 'access_denied' });
      // The issuer was checked above, with its aliases. The strict client knows one name only.
      const iss = input.iss === undefined ? undefined : connection.registration.issuer;
      const run: CallbackRun = { code: input.code, iss, verifier, nonce, callback: input.all };
      try {
        const strategy = strategyFor(connection.upstream, { callback: run });
        const begun = clock.now().getTime();
        const { tokens, account, authTime, sid } = await runCallback(strategy, request, run);
        const providerTime = Math.max(0, clock.now().getTime() - begun);
        const failureCode = reauthenticationFailure(reauthentication, authTime, clock.now());
        if (failureCode)
          throw await rejectSignIn(deps, connection, { code: failureCode, retry: retryPathOf(resume) });
        // A provider that names no granted scopes has granted those requested (RFC 6749 section 5.1).
        const granted = tokens && { ...tokens, scopes: tokens.scopes ?? scopes };
        const secondsSinceSignIn = secondsSince(reauthentication, authTime, clock.now());
        const furtherScopes = scopes.filter((scope) => !connection.registration.scopes.includes(scope));
        const signIn = { connection, tokens: granted, account, sid, secondsSinceSignIn, furtherScopes };
        const next = await deps.onSignIn({ ...signIn, providerTime, resume }, request);
        if (resume.kind === 'interaction') rememberUse(request, response, alias);
        return next;
      } catch (error) {
        if (error instanceof UpstreamError) return await endFailed(deps, { connection, resume, error });
        throw error;
      }
    },
  };
}

function isOffered({ enabled, purpose, connector }: Connection, resume: Resume): boolean {
  return enabled && connector.signInBy !== 'code' && (purpose === 'login' || resume.kind === 'link');
}

/** Returns the path of the waiting flow, where the person can be sent to the provider again. */
function retryPathOf(resume: Resume): string {
  return resume.kind === 'interaction' ? `/interaction/${resume.uid}` : '/account';
}

/** Returns the reason to reject the callback of a pending attempt. */
function rejectionOf(
  { resume, initiatingUserId }: LoginAttempt,
  {
    connection,
    input,
    signedIn,
  }: { connection: Connection; input: CallbackInput; signedIn: string | undefined },
): Rejection | undefined {
  // The connection may have been disabled since the attempt began.
  if (!isOffered(connection, resume)) return 'not_offered';
  if (initiatingUserId !== undefined && signedIn !== initiatingUserId) return 'another_user';
  return isOfAnotherIssuer(connection, input.iss) ? 'other_issuer' : undefined;
}

function authorizeOptionsOf(start: SignInStart, { connector }: Connection): AuthorizeOptions {
  const { loginHint, forceLogin, maxAge, forceConsent, locale } = start;
  // A provider without `max_age` is told to authenticate the person in any case.
  const forcesLogin = forceLogin || (maxAge !== undefined && !connector.takesMaxAge);
  return { loginHint, forceLogin: forcesLogin, maxAge, forceConsent, locale };
}

function withScopes(scopes: readonly string[], { upstream }: Connection): Upstream {
  const { separator } = upstream.connector.scopes;
  return {
    ...upstream,
    authorizeParameters: (ask) => ({
      ...upstream.authorizeParameters(ask),
      ...(scopes.length > 0 && { scope: scopes.join(separator) }),
    }),
  };
}

function strategyFor(
  upstream: Upstream,
  run: { readonly authorization?: AuthorizationRun; readonly callback?: CallbackRun },
) {
  const Strategy = upstream.connector.family === 'oidc' ? ConnectionOidcStrategy : ConnectionOAuth2Strategy;
  return new Strategy(upstream, run);
}
