import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Now } from './clock.ts';
import { proofAlgorithms } from './dpop-check.ts';
import { provenBy } from './express.ts';
import { AccessRefusedError, type Authentication, createVerifier, type ProvenRequest } from './verifier.ts';

export interface McpAuthOptions {
  /** The broker's address. */
  readonly issuer: string;
  /** The address of your MCP server, as it is registered at the broker as an API: `https://mcp.example.com/mcp`. */
  readonly resource: string;
  /** The scopes that each request needs. */
  readonly required?: readonly string[];
  /** All scopes of the server, for its metadata; default: the required ones. */
  readonly scopes?: readonly string[];
  /** The name and the page that clients show. */
  readonly name?: string;
  readonly documentation?: string;
  /** The API's `signing_alg` at the broker. RS256 by default. */
  readonly algorithms?: readonly string[];
  /** True: only tokens that are bound to a key (DPoP) are accepted. Bound tokens are always checked. */
  readonly boundOnly?: boolean;
  readonly now?: Now;
}

/** What the SDK for MCP calls `AuthInfo`. */
export interface McpAuthInfo {
  readonly token: string;
  readonly clientId: string;
  readonly scopes: string[];
  /** Epoch seconds. */
  readonly expiresAt: number;
  readonly resource: URL;
  readonly resourceMetadataUrl: string;
  /** `sub`: the person. `act`: who acts for them. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** A refusal in plain parts, for whatever sends it. */
export interface McpRefusal {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, string>>;
}

type Checked =
  | { readonly authInfo: McpAuthInfo; readonly response?: undefined }
  | { readonly response: Response; readonly authInfo?: undefined };

type Next = (error?: unknown) => void;
type NodeRequest = IncomingMessage & { originalUrl?: string; auth?: McpAuthInfo };
type Middleware = (request: NodeRequest, response: ServerResponse, next: Next) => Promise<void>;

export interface McpAuth {
  /** RFC 9728: the document that says which authorization server the MCP server uses, and its address. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly metadataUrl: string;
  /** Middleware that serves the document at its address, for the root of an Express app. */
  serveMetadata(): (request: NodeRequest, response: ServerResponse, next: Next) => void;
  /** Middleware that verifies the token and sets `request.auth`, or answers with the challenge. */
  requireToken(): Middleware;
  /** For handlers of fetch: serves the document, or verifies the token of the request. */
  check(request: Request): Promise<Checked>;
  /** The answer to a caller whose token lacks these scopes, so that its client asks the person for them. */
  insufficientScope(scopes: readonly string[]): McpRefusal;
}

const wellKnown = '/.well-known/oauth-protected-resource';
const openToScripts = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' };

/** Lets an MCP server use the broker as its authorization server. It needs no package of MCP. */
export function mcpAuth(options: McpAuthOptions): McpAuth {
  const { issuer, resource, required = [], boundOnly = false, algorithms, now } = options;
  const { origin, pathname, search } = new URL(resource);
  // RFC 9728 section 3.1: the path of the resource follows, unless it is only a slash.
  const metadataPath = wellKnown + (pathname === '/' ? '' : pathname);
  const metadataUrl = origin + metadataPath + search;
  const verifier = createVerifier({
    issuer,
    audience: resource,
    ...(algorithms && { algorithms }),
    ...(now && { now }),
  });
  const metadata = {
    resource,
    authorization_servers: [issuer.replace(/\/$/, '')],
    scopes_supported: [...(options.scopes ?? required)],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: proofAlgorithms,
    ...(boundOnly && { dpop_bound_access_tokens_required: true }),
    ...(options.name !== undefined && { resource_name: options.name }),
    ...(options.documentation !== undefined && { resource_documentation: options.documentation }),
  };
  const document = JSON.stringify(metadata);
  const documentHeaders = {
    'Content-Type': 'application/json',
    'Cache-Control': 'public, max-age=300',
    ...openToScripts,
  };

  function refusal(status: number, parts: { scheme: string; error?: string; scopes?: readonly string[] }) {
    const { scheme, error, scopes = required } = parts;
    const parameters = [
      error !== undefined && `error="${error}"`,
      scopes.length > 0 && `scope="${scopes.join(' ')}"`,
      `resource_metadata="${metadataUrl}"`,
      scheme === 'DPoP' && `algs="${proofAlgorithms.join(' ')}"`,
    ].filter((one) => one !== false);
    return {
      status,
      headers: {
        'WWW-Authenticate': `${scheme} ${parameters.join(', ')}`,
        'Content-Type': 'application/json',
      },
      body: { error: error ?? 'invalid_token' },
    };
  }

  /** Adds to the verifier's refusal where a client learns how to get a token. */
  function refusalOf({ status, headers }: AccessRefusedError): McpRefusal {
    if (status === 503) return { status, headers, body: { error: 'temporarily_unavailable' } };
    const given = headers['WWW-Authenticate'] ?? '';
    const scheme = boundOnly || given.startsWith('DPoP') ? 'DPoP' : 'Bearer';
    const error = /error="([^"]*)"/.exec(given)?.[1];
    return refusal(status, { scheme, ...(error !== undefined && { error }) });
  }

  function infoOf({ subject, clientId, scopes, claims, token }: Authentication): McpAuthInfo {
    const extra = { sub: subject, ...(claims.act !== undefined && { act: claims.act }), claims };
    const info = { token, clientId, scopes: [...scopes], expiresAt: claims.exp ?? 0 };
    return { ...info, resource: new URL(resource), resourceMetadataUrl: metadataUrl, extra };
  }

  async function verify(authorization: string | null | undefined, request: ProvenRequest) {
    const verified = await verifier.authenticate(authorization, required, request);
    if (boundOnly && verified.claims.cnf === undefined)
      throw new AccessRefusedError(401, { 'WWW-Authenticate': 'DPoP error="invalid_token"' });
    return infoOf(verified);
  }

  const pathOf = (text: string) => text.split('?')[0];

  return {
    metadata,
    metadataUrl,
    serveMetadata: () => (request, response, next) => {
      if (pathOf(request.originalUrl ?? request.url ?? '') !== metadataPath) return next();
      if (request.method === 'OPTIONS') return void response.writeHead(204, openToScripts).end();
      if (request.method !== 'GET' && request.method !== 'HEAD') return next();
      response.writeHead(200, documentHeaders).end(request.method === 'HEAD' ? undefined : document);
    },
    requireToken: () => async (request, response, next) => {
      try {
        request.auth = await verify(request.headers.authorization, provenBy(request, origin));
      } catch (error) {
        if (!(error instanceof AccessRefusedError)) return next(error);
        const { status, headers, body } = refusalOf(error);
        response.writeHead(status, headers).end(JSON.stringify(body));
        return;
      }
      next();
    },
    async check(request) {
      const { pathname: path, search: query } = new URL(request.url);
      if (path === metadataPath) {
        if (request.method === 'OPTIONS')
          return { response: new Response(null, { status: 204, headers: openToScripts }) };
        return { response: new Response(document, { headers: documentHeaders }) };
      }
      const proven = {
        method: request.method,
        url: origin + path + query,
        proofs: request.headers.get('dpop'),
      };
      try {
        return { authInfo: await verify(request.headers.get('authorization'), proven) };
      } catch (error) {
        if (!(error instanceof AccessRefusedError)) throw error;
        const { status, headers, body } = refusalOf(error);
        return { response: Response.json(body, { status, headers }) };
      }
    },
    insufficientScope: (scopes) => refusal(403, { scheme: 'Bearer', error: 'insufficient_scope', scopes }),
  };
}
