import { createRemoteJWKSet, customFetch, type JWTPayload, jwtVerify } from 'jose';
import type { ExpectedJwt } from '../connectors/contract/signal.ts';
import { createCache } from '../kit/cache.ts';
import type { Clock } from '../kit/clock.ts';
import type { Outbound } from '../kit/outbound.ts';
import type { Connection } from '../login/connections.ts';

/** Returns the claims of a JWT that the connection's provider signed. @throws Error when it is not valid */
export type VerifyJwt = (
  connection: Connection,
  token: string,
  expected: ExpectedJwt,
) => Promise<Readonly<JWTPayload>>;

type RemoteKeys = ReturnType<typeof createRemoteJWKSet>;

const mostKeySets = 1_000;

export function createVerifyJwt({ outbound, clock }: { outbound: Outbound; clock: Clock }): VerifyJwt {
  // These key sets are separate from those of sign-ins. Any caller can send a forged signal, which must not use up the
  // rate limit for fetching newer keys at a sign-in.
  const keySets = createCache<RemoteKeys>({ max: mostKeySets });

  function publishedAt(jwks: string): RemoteKeys {
    const known = keySets.get(jwks);
    if (known) return known;
    const keySet = createRemoteJWKSet(new URL(jwks), {
      [customFetch]: (url, { headers }) => outbound.fetch(url, { headers }),
    });
    keySets.set(jwks, keySet);
    return keySet;
  }

  return async ({ registration }, token, expected) => {
    const { issuer, audience, algorithms = ['RS256', 'ES256'], types, maxAge } = expected;
    const rules = {
      issuer: [issuer].flat(),
      audience: [audience].flat(),
      algorithms: [...algorithms],
      currentDate: clock.now(),
      // Both in seconds.
      ...(maxAge !== undefined && { maxTokenAge: maxAge, clockTolerance: 30 }),
    };
    const { payload, protectedHeader } = algorithms.some((name) => name.startsWith('HS'))
      ? await jwtVerify(token, secretOf(registration), rules)
      : await jwtVerify(token, publishedAt(jwksOf(registration)), rules);
    const { typ } = protectedHeader;
    if (types && typ !== undefined && !types.includes(typ.toLowerCase()))
      throw new Error('the token is of another type');
    return payload;
  };
}

function jwksOf({ endpoints: { jwks } }: Connection['registration']): string {
  if (!jwks) throw new Error('this connection has no endpoint jwks');
  return jwks;
}

/** Returns the key of an HS algorithm: the client secret in UTF-8 (OpenID Connect Core 10.1). */
function secretOf({ clientSecret }: Connection['registration']): Uint8Array {
  if (!clientSecret) throw new Error('this connection has no secret to verify this with');
  return new TextEncoder().encode(clientSecret.reveal());
}
