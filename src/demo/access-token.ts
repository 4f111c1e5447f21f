import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  jwtVerify,
  type RemoteJWKSet,
} from 'jose';
import type { Clock } from '../kit/clock.ts';
import { directFetch } from '../kit/direct-fetch.ts';

export interface ReadToken {
  /** Undefined: signature, issuer, audience, type and lifetime are valid. */
  readonly fault: string | undefined;
  readonly header: unknown;
  readonly claims: unknown;
}

/**
 * Reads a JWT access token as the broker's API would: verified against the published keys (RFC 9068 section
 * 4).
 */
export function createTokenReader(
  { issuer, clock }: { issuer: string; clock: Clock },
  jwksUri: () => Promise<string | undefined>,
): (token: string) => Promise<ReadToken> {
  let keys: RemoteJWKSet | undefined;

  return async (token) => {
    const published = new URL((await jwksUri()) ?? `${issuer}/.well-known/jwks.json`);
    keys ??= createRemoteJWKSet(published, {
      [customFetch]: (url, { headers, signal }) =>
        directFetch(url, { headers: Object.fromEntries(headers), signal }),
    });
    const expected = { issuer, audience: `${issuer}/v1`, typ: 'at+jwt', currentDate: clock.now() };
    const fault = await jwtVerify(token, keys, expected).then(() => undefined, faultOf);
    return { fault, ...decoded(token) };
  };
}

function faultOf(error: unknown): string {
  if (error instanceof errors.JOSEError) return error.message;
  throw error;
}

/** An app may be registered for opaque tokens, which have no readable content. */
function decoded(token: string): Pick<ReadToken, 'header' | 'claims'> {
  try {
    return { header: decodeProtectedHeader(token), claims: decodeJwt(token) };
  } catch {
    return { header: null, claims: null };
  }
}
