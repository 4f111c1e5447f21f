import { toNodeHandler } from '@modelcontextprotocol/node';
import type { McpHttpHandler } from '@modelcontextprotocol/server';
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import { allowAnyOrigin } from '../../http/allow-any-origin.ts';
import { answerOptions, methodNotAllowed } from '../../http/method-not-allowed.ts';
import { protectedResourceRoute, resourceMetadataUrl } from '../../http/protected-resource.ts';
import { agentsApiWords } from '../../issuance/registry/own-api-words.ts';
import { minutes } from '../../kit/clock.ts';
import type { Logger } from '../../kit/log.ts';
import { Problem, retryAfter } from '../../kit/problem.ts';
import type { Readiness } from '../../kit/readiness.ts';
import type { AgentLimits } from '../limits.ts';
import type { AgentPair } from '../ports.ts';
import { type AuthenticateDeps, authenticate, challengeOf } from './authenticate.ts';
import { factsOfInitialize, type LegacySessions } from './legacy-session.ts';
import { digestOf } from './request-state.ts';
import { type AgentClient, agentScopes } from './tools/tool.ts';

export interface McpRoutesDeps extends AuthenticateDeps {
  readonly issuer: string;
  readonly handler: McpHttpHandler;
  readonly sessions: LegacySessions;
  readonly limits: Pick<AgentLimits, 'streams'>;
  readonly readiness: Pick<Readiness, 'onLeave'>;
  readonly log: Logger;
}

const path = '/mcp';
const allowed = 'POST, OPTIONS';
/**
 * Lets scripts of each site read the answers. Without a token that is the way to get one, and a token is checked against the
 * Origin. A script may read the refusal of GET and DELETE too, by which a client learns that there are no sessions.
 */
const fromScripts = allowAnyOrigin('GET, POST, DELETE', {
  send: ['Last-Event-ID', 'Mcp-Method', 'Mcp-Name', 'MCP-Protocol-Version', 'Mcp-Session-Id'],
  read: ['Mcp-Session-Id'],
});
/** The largest message, which may carry the body of a change. */
const mostBytes = 256 * 1024;
/**
 * Named in the challenge of a request without a token. Writing is among them, since not every client can ask for a scope
 * later. People may leave it out on the consent page.
 */
const firstScopes = Object.values(agentScopes).join(' ');

/**
 * Returns the route of the MCP server and of its metadata. A message is read only after the token was verified, and a server
 * is made for each: nothing of one person stays for another.
 */
export function mcpRoutes(deps: McpRoutesDeps): Router {
  const { issuer, handler, sessions, readiness, limits, log } = deps;
  const router = Router({ caseSensitive: true, strict: true });
  const node = toNodeHandler(handler, {
    onerror: (error) => log.error({ err: error }, 'an MCP answer failed'),
  });
  const metadataUrl = resourceMetadataUrl({ issuer, path });
  const streams = createStreams(limits.streams);
  readiness.onLeave(streams.end);

  router.use(
    protectedResourceRoute({
      issuer,
      path,
      name: agentsApiWords.name.en,
      scopes: async () => Object.values(agentScopes),
    }),
  );
  router
    .route(path)
    .all(fromScripts, noStore)
    .options(answerOptions(allowed))
    // No sessions and no stream of the server's own: the revisions let a server answer so.
    .post(
      async (request, response, next) => {
        const token = await authenticate(deps, request);
        if (!token.scopes.has(agentScopes.read)) throw new Problem('insufficient_scope');
        response.locals.token = token;
        next();
      },
      express.raw({ type: () => true, limit: mostBytes }),
      async (request, response) => {
        const { token } = response.locals as { token: AgentClient['token'] };
        const message = parsed(request);
        if (message === undefined) return void response.status(400).json(rpcError(-32700, 'Parse error'));
        if (typeof message !== 'object' || message === null || Array.isArray(message))
          return void response.status(400).json(rpcError(-32600, 'Invalid Request'));
        if ('method' in message && message.method === 'subscriptions/listen') streams.add(token, response);
        const began = factsOfInitialize(message);
        if (began) response.setHeader('Mcp-Session-Id', sessions.mint(token, began));
        const known = sessions.read(token, request.get('mcp-session-id'));
        const client: AgentClient = {
          token,
          urls: known?.url ? 'error' : undefined,
          claimed: known?.claims || undefined,
        };
        const auth = {
          // No tool sees the token itself.
          token: '',
          clientId: token.clientId,
          scopes: [...token.scopes],
          expiresAt: Math.floor(token.expiresAt.getTime() / 1000),
          resourceMetadataUrl: metadataUrl,
          // The state between two rounds is bound to all three.
          extra: { sub: token.userId, client, call: digestOf(message) },
        };
        await node(Object.assign(request, { auth }), response, message);
      },
    )
    .all(methodNotAllowed(allowed));
  router.use(path, challenge(metadataUrl));
  return router;
}

interface Streams {
  /** @throws Problem too_many_requests */
  add(pair: AgentPair, response: Response): void;
  /** Ends all of them. */
  end(): void;
}

/** The streams for news, which have no end of their own. An agent that opens many keeps none of another person from one. */
function createStreams(most: number): Streams {
  const open = new Map<string, Set<Response>>();
  return {
    add({ userId, clientId }, response) {
      const key = JSON.stringify([userId, clientId]);
      const own = open.get(key) ?? new Set();
      if (own.size >= most)
        throw new Problem('too_many_requests', {
          detail: 'This client has too many open streams for this person.',
          headers: retryAfter(minutes(1)),
        });
      open.set(key, own.add(response));
      response.once('close', () => {
        own.delete(response);
        if (own.size === 0) open.delete(key);
      });
    },
    end() {
      for (const own of open.values()) for (const response of own) response.end();
    },
  };
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

function challenge(metadataUrl: string): ErrorRequestHandler {
  return (error: unknown, request, _response, next) => {
    const isRefusal =
      error instanceof Problem && (error.status === 401 || error.code === 'insufficient_scope');
    if (!isRefusal) return next(error);
    const header = challengeOf(request, error, { metadataUrl, scope: firstScopes });
    next(error.withHeaders({ 'WWW-Authenticate': header }));
  };
}

function parsed({ body }: Request): unknown {
  try {
    return Buffer.isBuffer(body) ? JSON.parse(body.toString('utf8')) : undefined;
  } catch {
    return undefined;
  }
}

function rpcError(code: number, message: string) {
  return { jsonrpc: '2.0', error: { code, message }, id: null };
}
