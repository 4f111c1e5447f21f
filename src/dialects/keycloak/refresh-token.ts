import { z } from 'zod';
import type { RefreshTokenAbout } from '../../issuance/ports.ts';

// keycloak-js reads the payload of refresh tokens, which are JWTs there. Ours are values that say nothing; here they
// travel as the last part of something that looks like one. Nobody verifies it: what counts is the value itself.

const type = 'Refresh';
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

export function dressed(
  token: string,
  { issuer, userId, clientId, issuedAt, expiresAt }: RefreshTokenAbout,
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

/** The value, whether it comes dressed or not. */
export function undressed(token: string): string {
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
