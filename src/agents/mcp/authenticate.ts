import type { Request } from 'express';
import { presentedToken } from '../../http/bearer.ts';
import type { VerifyAccessToken } from '../../issuance/tokens/verify-access-token.ts';
import { Problem } from '../../kit/problem.ts';
import { actAs } from '../../kit/request-context.ts';
import type { AgentToken } from '../agent-caller.ts';

export interface AuthenticateDeps {
  readonly verifyAccessToken: VerifyAccessToken;
  /** The identifier of this API, which is the audience of its tokens. */
  readonly resource: string;
  /** Returns whether pages of this origin belong to the app. */
  readonly hasPagesAt: (clientId: string, origin: string) => Promise<boolean>;
}

/**
 * Checks the header Authorization of a request. A token for another audience is refused, since a token that was issued for
 * one server must not open another (RFC 8707 section 2), and one that is bound to a key without its proof. A page of another
 * site cannot use a person's agent (MCP 2025-11-25, transports): in a page, a token works for its own app alone, as at the
 * token endpoint. Agents that are no pages send no Origin. @throws Problem
 */
export async function authenticate(
  { verifyAccessToken, resource, hasPagesAt }: AuthenticateDeps,
  request: Request,
): Promise<AgentToken> {
  const presented = presentedToken(request);
  const { userId, clientId, scopes, expiresAt } = await verifyAccessToken(presented, resource);
  actAs({ kind: 'app', id: clientId });
  const { origin } = request.headers;
  if (origin !== undefined && origin !== new URL(resource).origin && !(await hasPagesAt(clientId, origin)))
    throw new Problem('forbidden', { detail: 'Pages of other sites cannot call this.' });
  if (userId === undefined) throw new Problem('invalid_token', { detail: 'This token acts for no user.' });
  return {
    userId,
    clientId,
    scopes,
    expiresAt,
    again: async () => void (await verifyAccessToken(presented, resource, 'now')),
  };
}

/** Returns the challenge of a refusal with the metadata and the scopes, so that a client can ask for a token (RFC 9728 section 5.1). */
export function challengeOf(
  { headers: { authorization } }: Request,
  { code, headers }: Problem,
  { metadataUrl, scope }: { readonly metadataUrl: string; readonly scope: string },
): string {
  const hints = `resource_metadata="${metadataUrl}", scope="${scope}"`;
  // A request without credentials is told no error (RFC 6750 section 3.1).
  if (authorization === undefined) return `Bearer ${hints}`;
  if (code !== 'insufficient_scope')
    return `${headers['WWW-Authenticate'] ?? `Bearer error="${code}"`}, ${hints}`;
  return `Bearer error="insufficient_scope", error_description="The token lacks a scope", ${hints}`;
}
