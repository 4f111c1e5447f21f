import type { Request } from 'express';
import { bearerToken } from '../../http/bearer.ts';
import type { VerifyAccessToken } from '../../issuance/tokens/verify-access-token.ts';
import { Problem } from '../../kit/problem.ts';
import { actAs } from '../../kit/request-context.ts';
import type { AgentToken } from '../agent-caller.ts';

export interface AuthenticateDeps {
  readonly verifyAccessToken: VerifyAccessToken;
  /** The identifier of this API, which is the audience of its tokens. */
  readonly resource: string;
}

/**
 * Checks the header Authorization of a request. A token for another audience is refused, since a token that was issued for
 * one server must not open another (RFC 8707 section 2). @throws Problem
 */
export async function authenticate(
  { verifyAccessToken, resource }: AuthenticateDeps,
  request: Request,
): Promise<AgentToken> {
  const token = bearerToken(request);
  const { userId, clientId, scopes, expiresAt } = await verifyAccessToken(token, resource);
  actAs({ kind: 'app', id: clientId });
  if (userId === undefined) throw new Problem('invalid_token', { detail: 'This token acts for no user.' });
  return {
    userId,
    clientId,
    scopes,
    expiresAt,
    again: async () => void (await verifyAccessToken(token, resource, 'now')),
  };
}

/** Names the metadata and the scopes in a refusal, so that a client can ask for a token (RFC 9728 section 5.1). */
export function challengeOf(
  { headers }: Request,
  { code }: Problem,
  { metadataUrl, scope }: { readonly metadataUrl: string; readonly scope: string },
): string {
  const hints = `resource_metadata="${metadataUrl}", scope="${scope}"`;
  if (code === 'insufficient_scope')
    return `Bearer error="insufficient_scope", error_description="The token lacks a scope", ${hints}`;
  // A request without credentials is told no error (RFC 6750 section 3.1).
  return headers.authorization === undefined ? `Bearer ${hints}` : `Bearer error="invalid_token", ${hints}`;
}
