import { type ErrorRequestHandler, Router } from 'express';
import { Problem } from '../kit/problem.ts';
import { allowAnyOrigin } from './allow-any-origin.ts';
import { answerOptions, methodNotAllowed } from './method-not-allowed.ts';
import { proofAlgs } from './proof-algs.ts';

/** A resource of this server that takes access tokens, as clients find it (RFC 9728). */
export interface ProtectedResource {
  readonly issuer: string;
  /** The path of the resource, such as `/v1`. */
  readonly path: string;
  readonly name: string;
  readonly scopes: () => Promise<readonly string[]>;
  /** Further members of the document. */
  readonly members?: Readonly<Record<string, unknown>>;
}

const wellKnown = '/.well-known/oauth-protected-resource';

/** Returns the address of the resource's metadata: the well-known part comes before the path (RFC 9728 section 3.1). */
export function resourceMetadataUrl({ issuer, path }: Pick<ProtectedResource, 'issuer' | 'path'>): string {
  return `${issuer}${wellKnown}${path}`;
}

/** Returns the route of the resource's metadata. */
export function protectedResourceRoute(resource: ProtectedResource): Router {
  const { issuer, path, name, scopes, members } = resource;
  const router = Router({ caseSensitive: true, strict: true });
  const allowed = 'GET, HEAD, OPTIONS';
  router
    .route(`${wellKnown}${path}`)
    // MCP clients send the header with each request for metadata.
    .all(allowAnyOrigin('GET', { send: ['MCP-Protocol-Version'] }))
    .get(async (_request, response) => {
      response.json({
        resource: `${issuer}${path}`,
        resource_name: name,
        authorization_servers: [issuer],
        scopes_supported: await scopes(),
        bearer_methods_supported: ['header'],
        dpop_signing_alg_values_supported: proofAlgs,
        resource_documentation: `${issuer}/docs`,
        ...members,
      });
    })
    .options(answerOptions(allowed))
    .all(methodNotAllowed(allowed));
  return router;
}

/** Adds the address of the metadata to every challenge (RFC 9728 section 5.1). It is mounted after the resource's routes. */
export function pointToMetadata(resource: Pick<ProtectedResource, 'issuer' | 'path'>): ErrorRequestHandler {
  const parameter = `resource_metadata="${resourceMetadataUrl(resource)}"`;
  return (error: unknown, _request, _response, next) => {
    const challenge = error instanceof Problem ? error.headers['WWW-Authenticate'] : undefined;
    if (!(error instanceof Problem) || challenge === undefined) return next(error);
    const separator = challenge.includes(' ') ? ', ' : ' ';
    next(error.withHeaders({ 'WWW-Authenticate': `${challenge}${separator}${parameter}` }));
  };
}
