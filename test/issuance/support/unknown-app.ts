import { createHash, randomBytes } from 'node:crypto';
import { callback, post } from './relying-app.ts';
import type { Room } from './room.ts';

export { callback };
export const loopback = 'http://127.0.0.1';

/** A sign-in as an agent begins it: with its own address as the client id, PKCE, and no secret. */
export interface AgentAttempt {
  readonly clientId: string;
  readonly url: URL;
  readonly verifier: string;
  readonly redirectUri: string;
}

export function begin(
  room: Pick<Room, 'issuer'>,
  clientId: string,
  more: Readonly<Record<string, string | undefined>> = {},
): AgentAttempt {
  const verifier = randomBytes(32).toString('base64url');
  const url = new URL(`${room.issuer}/authorize`);
  const params = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri: callback,
    scope: 'openid',
    state: 'state-1',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  };
  for (const [name, value] of Object.entries(params))
    if (value !== undefined) url.searchParams.set(name, value);
  return { clientId, url, verifier, redirectUri: params.redirect_uri };
}

export async function redeem(room: Pick<Room, 'issuer'>, attempt: AgentAttempt, landed: URL) {
  return await post(`${room.issuer}/oauth/token`, {
    grant_type: 'authorization_code',
    client_id: attempt.clientId,
    code: landed.searchParams.get('code') ?? '',
    code_verifier: attempt.verifier,
    redirect_uri: attempt.redirectUri,
  });
}

export async function refresh(room: Pick<Room, 'issuer'>, clientId: string, token: unknown) {
  return await post(`${room.issuer}/oauth/token`, {
    grant_type: 'refresh_token',
    client_id: clientId,
    refresh_token: String(token),
  });
}
