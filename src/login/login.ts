import type { Request, Response } from 'express';
import type { AuthorizeAsk } from '../connectors/contract.ts';
import { UpstreamError } from '../connectors/failures.ts';
import type { Upstream } from '../connectors/upstream.ts';
import type { Events } from '../kit/events.ts';
import type { Logger } from '../kit/log.ts';
import { Problem } from '../kit/problem.ts';
import type { Arrival, ArrivalFailure, Departure, Resume } from './arrival.ts';
import type { Attempts } from './attempts.ts';
import type { CallbackInput } from './callback-input.ts';
import type { Connection, Connections } from './connections.ts';
import { ConnectionOAuth2Strategy } from './oauth2-strategy.ts';
import { ConnectionOidcStrategy } from './oidc-strategy.ts';
import { type CallbackRun, type DepartureRun, runCallback, runDeparture } from './strategy.ts';

/** An attempt begins, the provider answers, it ends in an Arrival. What happens then is the composition root's. */
export interface Login {
  /** Answers the provider's URL to send the browser to. @throws Problem when the connection does not serve this. */
  begin(request: Request, response: Response, departure: Departure): Promise<string>;
  /** Answers where the browser goes on. @throws Problem for a callback that belongs to nothing. */
  finish(
    request: Request,
    response: Response,
    callback: { alias: string; input: CallbackInput },
  ): Promise<string>;
}

export interface LoginDeps {
  readonly connections: Connections;
  readonly attempts: Attempts;
  readonly events: Events;
  readonly log: Logger;
  /** Who is signed in to our own pages in this browser. */
  readonly signedInUser: (request: Request) => string | undefined;
  readonly onArrival: (arrival: Arrival) => Promise<string>;
  readonly onFailure: (resume: Resume, failure: ArrivalFailure) => Promise<string>;
}

export function createLogin(deps: LoginDeps): Login {
  const { connections, attempts, events } = deps;

  return {
    async begin(request, response, departure) {
      const connection = await connections.findNow(departure.alias);
      if (!connection || !serves(connection, departure.resume)) throw notOffered();
      const { resume } = departure;
      const initiatingUserId = resume.kind === 'link' ? resume.userId : undefined;
      const scopes = [...new Set([...connection.registration.scopes, ...(departure.moreScopes ?? [])])];
      const run: DepartureRun = {
        ask: askOf(departure),
        open: (secrets) =>
          attempts.open({ ...secrets, scopes, connection, resume, initiatingUserId }, response),
      };
      const upstream = askingFor(scopes, connection);
      const url = await runDeparture(strategyFor(upstream, { departure: run }), request);
      await events.record({ type: 'login.started', connection: connection.alias, userId: initiatingUserId });
      return url;
    },

    async finish(request, response, { alias, input }) {
      const connection = await connections.findNow(alias);
      const attempt = connection && (await attempts.consume(input.state, connection, { request, response }));
      if (!connection || !attempt) {
        throw new Problem('invalid_request', {
          detail:
            'This sign-in has expired, was already used, or belongs to another browser. Start again from the app.',
        });
      }
      const { resume, verifier, nonce, scopes, initiatingUserId } = attempt;
      // Read again now: a connection may have been switched off while the person was at the provider.
      if (!serves(connection, resume)) throw notOffered();
      if (initiatingUserId !== undefined && deps.signedInUser(request) !== initiatingUserId) {
        throw new Problem('forbidden', { detail: 'Another person is signed in here now. Start again.' });
      }
      // RFC 9207: an answer of another issuer is a mix-up, and its code is not ours to redeem.
      if (input.iss !== undefined && input.iss !== connection.registration.issuer) throw mixedUp();
      // WeChat's "denied" carries neither code nor error.
      if (input.code === undefined)
        return await refused(deps, { connection, resume, error: input.error ?? 'access_denied' });
      const run: CallbackRun = { code: input.code, iss: input.iss, verifier, nonce };
      try {
        const { tokens, account } = await runCallback(
          strategyFor(connection.upstream, { callback: run }),
          request,
          run,
        );
        const granted = { ...tokens, scopes: tokens.scopes ?? scopes };
        return await deps.onArrival({ connection, tokens: granted, account, resume });
      } catch (error) {
        if (error instanceof UpstreamError) return await failed(deps, { connection, resume, error });
        throw error;
      }
    },
  };
}

function serves({ enabled, purpose }: Connection, resume: Resume): boolean {
  return enabled && (purpose === 'login' || resume.kind === 'link');
}

function notOffered(): Problem {
  return new Problem('invalid_request', { detail: 'This way of signing in is not offered at the moment.' });
}

function mixedUp(): Problem {
  return new Problem('invalid_request', { detail: 'This sign-in response comes from another provider.' });
}

function askOf({ loginHint, forceLogin, forceConsent, locale }: Departure): AuthorizeAsk {
  return { loginHint, forceLogin, forceConsent, locale };
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
  run: { readonly departure?: DepartureRun; readonly callback?: CallbackRun },
) {
  const Strategy = upstream.connector.family === 'oidc' ? ConnectionOidcStrategy : ConnectionOAuth2Strategy;
  return new Strategy(upstream, run);
}

/** The person, or the provider, said no. Its description is a stranger's text and goes nowhere. */
async function refused(
  { events, onFailure }: LoginDeps,
  { connection, resume, error }: { connection: Connection; resume: Resume; error: string },
): Promise<string> {
  const cancelled = /access_denied|cancel|denied/.test(error);
  const code = error.replace(/[^\w.-]/g, '').slice(0, 64);
  await events.record({
    type: 'login.failed',
    connection: connection.alias,
    detail: { step: 'authorize', code },
  });
  const passing = error === 'temporarily_unavailable';
  return await onFailure(
    resume,
    cancelled ? 'access_denied' : passing ? 'temporarily_unavailable' : 'server_error',
  );
}

async function failed(
  { events, log, onFailure }: LoginDeps,
  { connection, resume, error }: { connection: Connection; resume: Resume; error: UpstreamError },
): Promise<string> {
  const { step, failure, code = null, status = null } = error;
  log.warn(
    { err: error, connection: connection.alias, step, failure: failure.kind },
    'sign-in failed at the provider',
  );
  const detail = { step, failure: failure.kind, code, status };
  await events.record({ type: 'login.failed', connection: connection.alias, detail });
  if (failure.kind === 'misconfigured') {
    await events.record({ type: 'connection.misconfigured', connection: connection.alias, detail });
  }
  const passing = failure.kind === 'unavailable' || failure.kind === 'rate-limited';
  return await onFailure(resume, passing ? 'temporarily_unavailable' : 'server_error');
}
