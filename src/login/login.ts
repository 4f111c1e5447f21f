import type { Request, Response } from 'express';
import type { AuthorizeOptions } from '../connectors/contract/calls.ts';
import { UpstreamError } from '../connectors/contract/failures.ts';
import type { Upstream } from '../connectors/engine/upstream.ts';
import type { Clock } from '../kit/clock.ts';
import type { Arrival, Resume, SignInStart } from './arrival.ts';
import type { Attempt, Attempts } from './attempts.ts';
import { type CallbackInput, parseCallback } from './callback-input.ts';
import { isOfAnotherIssuer } from './callback-issuer.ts';
import type { Connection, Connections } from './connections.ts';
import { type EndingDeps, failed, problemOf, refused, type TurnedAway, turnAway } from './endings.ts';
import { ConnectionOAuth2Strategy } from './oauth2-strategy.ts';
import { ConnectionOidcStrategy } from './oidc-strategy.ts';
import { reauthenticationOf, secondsSince, unproven } from './reauthentication.ts';
import { type AuthorizationRun, type CallbackRun, runAuthorization, runCallback } from './strategy.ts';

/** An attempt begins, the provider answers, it ends in an Arrival. What happens then is the composition root's. */
export interface Login {
  /** Answers the provider's URL to send the browser to. @throws Problem when the connection does not serve this. */
  begin(request: Request, response: Response, start: SignInStart): Promise<string>;
  /** Answers where the browser goes on. @throws Problem for a callback that belongs to nothing. */
  finish(
    request: Request,
    response: Response,
    callback: { readonly alias: string; readonly parameters: URLSearchParams; readonly posted: boolean },
  ): Promise<string>;
}

export interface LoginDeps extends EndingDeps {
  readonly connections: Connections;
  readonly attempts: Attempts;
  readonly clock: Clock;
  /** Who is signed in to our own pages in this browser. */
  readonly signedInUser: (request: Request) => string | undefined;
  readonly onArrival: (arrival: Arrival, request: Request) => Promise<string>;
}

export function createLogin(deps: LoginDeps): Login {
  const { connections, attempts, events, clock, log } = deps;

  return {
    async begin(request, response, start) {
      const connection = await connections.findNow(start.alias);
      if (!connection) throw problemOf('not_offered');
      const { resume } = start;
      if (!serves(connection, resume))
        throw await turnAway(deps, connection, { step: 'authorize', code: 'not_offered' });
      const initiatingUserId = resume.kind === 'link' ? resume.userId : undefined;
      const scopes = [...new Set([...connection.registration.scopes, ...(start.moreScopes ?? [])])];
      const reauthentication = reauthenticationOf(connection.connector, start, clock.now());
      const attempt = { scopes, reauthentication, connection, resume, initiatingUserId };
      const run: AuthorizationRun = {
        ask: askOf(start, connection),
        open: (secrets) => attempts.open({ ...secrets, ...attempt }, response),
      };
      const upstream = askingFor(scopes, connection);
      const url = await runAuthorization(strategyFor(upstream, { authorization: run }), request);
      await events.record({ type: 'login.started', connection: connection.alias, userId: initiatingUserId });
      return url;
    },

    async finish(request, response, { alias, parameters, posted }) {
      const connection = await connections.findNow(alias);
      if (!connection) throw problemOf('not_open');
      const { callback: manner } = connection.connector;
      // A cross-site POST comes without our cookies; a visit that follows it brings them.
      if (posted && manner?.mode === 'form_post')
        return `${connection.registration.redirectUri}?${parameters}`;
      const input = parseCallback(parameters, manner?.code);
      if (!input) throw await turnAway(deps, connection, { code: 'malformed' });
      const attempt = await attempts.consume(input.state, connection, { request, response });
      if (!attempt) {
        const retry = attempts.retryOf(input.state, request);
        throw await turnAway(deps, connection, { code: 'not_open', retry });
      }
      const wrong = mismatch(attempt, { connection, input, signedIn: deps.signedInUser(request) });
      if (wrong === 'other_issuer') {
        // The issuer that the admin has to enter, where the provider has begun to name itself.
        const names = { expected: connection.registration.issuer, named: input.iss?.slice(0, 256) };
        log.warn({ connection: alias, ...names }, 'a callback names another issuer than the connection');
      }
      if (wrong) throw await turnAway(deps, connection, { code: wrong });
      const { resume, verifier, nonce, scopes, reauthentication } = attempt;
      // WeChat's "denied" carries neither code nor error.
      if (input.code === undefined)
        return await refused(deps, { connection, resume, error: input.error ?? 'access_denied' });
      // By whichever of its names: the strict client knows but one.
      const iss = input.iss === undefined ? undefined : connection.registration.issuer;
      const run: CallbackRun = { code: input.code, iss, verifier, nonce, callback: input.all };
      try {
        const strategy = strategyFor(connection.upstream, { callback: run });
        const { tokens, account, authTime, sid } = await runCallback(strategy, request, run);
        const code = unproven(reauthentication, authTime, clock.now());
        if (code) throw await turnAway(deps, connection, { code, retry: retryAt(resume) });
        const granted = tokens && { ...tokens, scopes: tokens.scopes ?? scopes };
        const secondsSinceSignIn = secondsSince(reauthentication, authTime, clock.now());
        const furtherScopes = scopes.filter((scope) => !connection.registration.scopes.includes(scope));
        const arrival = { connection, tokens: granted, account, sid, secondsSinceSignIn, furtherScopes };
        return await deps.onArrival({ ...arrival, resume }, request);
      } catch (error) {
        if (error instanceof UpstreamError) return await failed(deps, { connection, resume, error });
        throw error;
      }
    },
  };
}

function serves({ enabled, purpose, connector }: Connection, resume: Resume): boolean {
  return enabled && connector.signInBy !== 'code' && (purpose === 'login' || resume.kind === 'link');
}

/** What waits is still open: there the person can be sent to the provider once more. */
function retryAt(resume: Resume): string {
  return resume.kind === 'interaction' ? `/interaction/${resume.uid}` : '/account';
}

/** What speaks against an attempt that is open in this browser. */
function mismatch(
  { resume, initiatingUserId }: Attempt,
  {
    connection,
    input,
    signedIn,
  }: { connection: Connection; input: CallbackInput; signedIn: string | undefined },
): TurnedAway | undefined {
  // Read again just now: a connection may have been switched off while the person was at the provider.
  if (!serves(connection, resume)) return 'not_offered';
  if (initiatingUserId !== undefined && signedIn !== initiatingUserId) return 'another_user';
  return isOfAnotherIssuer(connection, input.iss) ? 'other_issuer' : undefined;
}

function askOf(start: SignInStart, { connector }: Connection): AuthorizeOptions {
  const { loginHint, forceLogin, maxAge, forceConsent, locale } = start;
  // A provider that cannot be told how lately is told to ask in any case.
  const anew = forceLogin || (maxAge !== undefined && !connector.takesMaxAge);
  return { loginHint, forceLogin: anew, maxAge, forceConsent, locale };
}

function askingFor(scopes: readonly string[], { upstream }: Connection): Upstream {
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
