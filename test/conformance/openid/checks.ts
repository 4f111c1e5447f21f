import { createHash } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import { expect } from 'vitest';
import type { Authorization } from './authorize.ts';
import type { Answer } from './endpoints.ts';
import type { Client, Suite } from './suite.ts';

/** RFC 6749 section 4.1.2, RFC 9207: only the code, the state and the issuer. Returns the code. */
export function checkCallback({ issuer }: Suite, { callback, request, page }: Authorization): string {
  if (!callback)
    throw new Error(`no callback: ${page.status} ${page.url.pathname} ${page.text.slice(0, 300)}`);
  expect([...callback.keys()].sort()).toEqual(['code', 'iss', 'state'].filter((name) => callback.has(name)));
  expect(callback.get('error')).toBeNull();
  expect(callback.get('state')).toBe(request.state ?? null);
  expect(callback.get('iss')).toBe(issuer);
  const code = callback.get('code') ?? '';
  // RFC 6749 section 10.10 requires 128 bits, and recommends 160.
  expect(new Set(code).size).toBeGreaterThan(12);
  expect(code.length).toBeGreaterThan(26);
  return code;
}

/** The error goes to the client's redirect URI, with its state. */
export function checkError(authorization: Authorization, ...errors: readonly string[]): void {
  const { callback, request, page } = authorization;
  if (!callback) throw new Error(`not told: ${page.status} ${page.text.slice(0, 300)}`);
  expect(page.url.href.startsWith(`${authorization.client.redirectUri}?`)).toBe(true);
  expect(callback.get('code')).toBeNull();
  expect(callback.get('state')).toBe(request.state);
  expect(errors).toContain(callback.get('error'));
}

export interface TokenAnswer {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly idToken: string;
}

/** RFC 6749 section 5.1, OpenID Connect Core 3.1.3.3. */
export function checkTokens({ status, headers, body }: Answer): TokenAnswer {
  expect([status, body.error]).toEqual([200, undefined]);
  expect(headers.get('content-type')).toMatch(/^application\/json\b/);
  expect(headers.get('cache-control')).toContain('no-store');
  expect(body).toMatchObject({ access_token: expect.stringMatching(/^[\x21-\x7e]{20,}$/) });
  expect(String(body.token_type).toLowerCase()).toBe('bearer');
  expect(body.expires_in).toBeGreaterThan(0);
  expect(body.id_token).toEqual(expect.any(String));
  return {
    accessToken: String(body.access_token),
    refreshToken: body.refresh_token === undefined ? undefined : String(body.refresh_token),
    idToken: String(body.id_token),
  };
}

export type IdToken = JWTPayload & { readonly sub: string; readonly iat: number };

export interface IdTokenCheck {
  readonly client: Client;
  readonly tokens: TokenAnswer;
  readonly nonce: string | undefined;
}

/** OpenID Connect Core 2, 3.1.3.6 and 3.1.3.7. */
export async function checkIdToken(
  { issuer, keys }: Suite,
  { client, tokens, nonce }: IdTokenCheck,
): Promise<IdToken> {
  const { payload, protectedHeader } = await jwtVerify(tokens.idToken, keys, {
    issuer,
    audience: client.id,
    algorithms: ['RS256'],
    requiredClaims: ['iss', 'sub', 'aud', 'exp', 'iat'],
  });
  expect(protectedHeader.kid).toEqual(expect.any(String));
  const { sub = '', iat = 0, azp, at_hash, c_hash } = payload;
  expect(sub).toMatch(/^[\x20-\x7e]{1,255}$/);
  expect(Math.abs(Date.now() / 1000 - iat)).toBeLessThan(60);
  expect(payload.nonce).toBe(nonce);
  expect([undefined, client.id]).toContain(azp);
  expect(c_hash).toBeUndefined();
  if (at_hash !== undefined) {
    const half = createHash('sha256').update(tokens.accessToken).digest().subarray(0, 16);
    expect(at_hash).toBe(half.toString('base64url'));
  }
  return { ...payload, sub, iat };
}

/** OpenID Connect Core 5.3.2, and the types of 5.1. */
export function checkUserinfo(
  { status, headers, body }: Answer,
  { sub }: Pick<IdToken, 'sub'>,
): Answer['body'] {
  expect([status, body]).toEqual([200, expect.objectContaining({ sub })]);
  expect(headers.get('content-type')).toMatch(/^application\/json\b/);
  const types: Record<string, unknown> = {
    updated_at: expect.any(Number),
    email_verified: expect.any(Boolean),
  };
  for (const [claim, value] of Object.entries(body)) {
    expect(value, claim).toEqual(types[claim] ?? expect.stringMatching(/./));
  }
  return body;
}
