import { z } from 'zod';
import { random } from './core/mint.ts';
import type { Room } from './profile.ts';

/** A request of a mobile app to the provider's SDK. */
export const sdkBody = z.strictObject({
  user: z.string(),
  kind: z.enum(['code', 'id_token', 'access_token']),
  /** The app's client id; the registered one where absent. */
  audience: z.string().optional(),
  nonce: z.string().optional(),
  /** The lifetime of an ID token in seconds; negative for an expired one. */
  expires_in: z.int().min(-86_400).max(86_400).default(3600),
});

export type SdkAsk = z.output<typeof sdkBody>;

/** Returns the proof that the provider's SDK gives to an app after the user's consent. */
export async function sdkProof(room: Room, ask: SdkAsk): Promise<{ readonly value: string }> {
  const { user, kind, audience = room.profile.clientId } = ask;
  if (kind === 'id_token') return { value: await signed(room, { ...ask, audience }) };
  const scopes = [...(room.profile.sdkScopes ?? [])];
  const grant = room.ledger.approve({ user, clientId: audience, scopes, declined: [], offline: true });
  const family = random(22);
  if (kind === 'access_token') {
    const expiresAt = room.ledger.now() + 3_600_000;
    return { value: room.ledger.issue({ kind: 'access', scopes, expiresAt, grant, family }).value };
  }
  const code = room.ledger.writeCode({
    ...{ grant: grant.id, user, clientId: audience, scopes, family },
    redirectUri: '',
    challenge: null,
    nonce: ask.nonce ?? null,
    offline: true,
    expiresAt: room.ledger.now() + 300_000,
  });
  return { value: code.value };
}

/** Returns an ID token as Google's and Apple's SDKs get it: for the server's client id, requested by the app's own. */
async function signed(room: Room, ask: SdkAsk & { readonly audience: string }): Promise<string> {
  const { user, audience, nonce, expires_in: life } = ask;
  const person = room.person(user);
  const now = Math.floor(room.ledger.now() / 1000);
  const issuer = room.profile.endpoints.issuer ?? '';
  return await room.keys.sign({
    iss: `${room.base()}${issuer}`,
    aud: audience,
    azp: `${audience}.phone`,
    sub: room.profile.subject(person, audience),
    name: person.name,
    nickname: person.name,
    ...(person.email !== null && { email: person.email, email_verified: person.emailVerified }),
    ...(nonce !== undefined && { nonce }),
    jti: random(20),
    iat: now - 60,
    exp: now + life,
    ...room.profile.sdkClaims?.(person, room),
  });
}
