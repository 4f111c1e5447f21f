import { z } from 'zod';
import type { RefreshTokenDetails } from '../../issuance/ports.ts';

// keycloak-js reads the payload of refresh tokens, which are JWTs at Keycloak. The broker's refresh tokens
// are opaque, so one travels as the last part of an unsigned JWT. Only that part is checked.

const type = 'Refresh';
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Returns the token as the last part of an unsigned JWT. The times are in seconds since 1970. */
export function wrapRefreshToken(
  token: string,
  { issuer, userId, clientId, issuedAt, expiresAt }: RefreshTokenDetails,
): string {
  const payload = {
    typ: type,
    iss: issuer,
    aud: issuer,
    sub: userId,
    azp: clientId,
    iat: issuedAt,
    exp: expiresAt,
  };
  return [part({ alg: 'none', typ: type }), part(payload), token].join('.');
}

const header = z.object({ typ: z.literal(type) });

/** Returns the opaque refresh token, with or without the JWT around it. */
export function unwrapRefreshToken(token: string): string {
  const [head = '', _payload, value, ...more] = token.split('.');
  if (value === undefined || more.length > 0) return token;
  return header.safeParse(parsed(head)).success ? value : token;
}

function parsed(base64: string): unknown {
  try {
    return JSON.parse(Buffer.from(base64, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
