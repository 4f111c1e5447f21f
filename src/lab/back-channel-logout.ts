import { z } from 'zod';
import { directFetch } from '../kit/direct-fetch.ts';
import { random } from './core/mint.ts';
import type { Room } from './profile.ts';

export const logoutBody = z.strictObject({
  user: z.string(),
  /** The back-channel logout URI that the client would have registered. */
  to: z.url(),
});

/**
 * Signs a person out at the provider, which sends the client a logout token for the latest session, as Keycloak does.
 */
export async function signOutBehind(
  room: Room,
  { user, to }: z.output<typeof logoutBody>,
): Promise<{ readonly logout_token: string; readonly status: number } | undefined> {
  const token = room.ledger.records().tokens.findLast((one) => one.user === user);
  const { session, endpoints, subject } = room.profile;
  if (!token || !session) return undefined;
  const now = Math.floor(room.ledger.now() / 1000);
  const claims = {
    iss: `${room.base()}${endpoints.issuer ?? ''}`,
    aud: token.clientId,
    sub: subject(room.person(user), token.clientId),
    sid: session(token.family),
    jti: random(20),
    iat: now,
    exp: now + 120,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  };
  const logout_token = await room.keys.sign(claims, 'logout+jwt');
  const body = new URLSearchParams({ logout_token });
  const { status } = await directFetch(to, { method: 'POST', body });
  return { logout_token, status };
}
