import { decodeProtectedHeader, jwtVerify } from 'jose';
import { seconds } from '../../kit/clock.ts';
import type { Json, JsonObject } from '../../kit/exact-json.ts';
import type { AccountCall } from '../contract/calls.ts';
import type { OidcConnector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import { inHeaderOrForm } from '../contract/fetch-profile.ts';
import { isSymmetric, publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';

/** Milliseconds. Short, since a person waits and the ID token has already identified them. */
const timeout = seconds(5);

/**
 * Returns the claims of the userinfo endpoint for this token. `issuer`: of the ID token, if there is one. @throws
 * UpstreamError
 */
export async function userinfo(
  connector: Pick<OidcConnector, 'idTokenAlgorithms' | 'tokenIssuer'>,
  call: AccountCall,
  issuer: Json | undefined,
): Promise<JsonObject> {
  const { tokens, registration, http } = call;
  const token = tokens.accessToken.reveal();
  const accept = { accept: 'application/json' };
  const url = new URL(registration.endpoints.userinfo ?? '');
  const request = {
    totalTimeout: timeout,
    open: async (text: string) =>
      isJws(text) ? await verifiedPayload(connector, call, { jws: text.trim(), issuer }) : text,
  };
  // OpenID Connect Core 5.3.1: by GET or POST.
  const claims = await inHeaderOrForm(
    token,
    () => http.json('profile', url, { ...request, headers: { ...accept, authorization: `Bearer ${token}` } }),
    (body) => http.json('profile', url, { ...request, headers: accept, method: 'POST', body }),
  );
  // Some providers refuse with status 200.
  const { sub, error } = claims;
  if (sub === undefined && typeof error === 'string')
    throw new UpstreamError('profile', { kind: 'unknown' }, { code: error });
  return claims;
}

function isJws(text: string): boolean {
  return /^\s*[\w-]+\.[\w-]+\.[\w-]*\s*$/.test(text);
}

/** Returns the verified payload of a signed answer (OpenID Connect Core 5.3.2). @throws Error */
async function verifiedPayload(
  {
    idTokenAlgorithms = publishedKeyAlgorithms,
    tokenIssuer,
  }: Pick<OidcConnector, 'idTokenAlgorithms' | 'tokenIssuer'>,
  { registration, keys, now }: AccountCall,
  { jws, issuer }: { readonly jws: string; readonly issuer: Json | undefined },
): Promise<string> {
  const { clientId, clientSecret } = registration;
  // Without an ID token, an issuer that depends on the tenant is unknown.
  const expected = typeof issuer === 'string' ? issuer : tokenIssuer ? undefined : registration.issuer;
  const rules = {
    audience: clientId,
    currentDate: now,
    requiredClaims: ['iss', 'sub'],
    ...(expected !== undefined && { issuer: expected }),
  };
  const { alg = '' } = decodeProtectedHeader(jws);
  if (isSymmetric([alg])) {
    if (!clientSecret) throw new Error('userinfo is signed with a client secret, and there is none');
    const secret = new TextEncoder().encode(clientSecret.reveal());
    await jwtVerify(jws, secret, {
      ...rules,
      algorithms: idTokenAlgorithms.filter((name) => isSymmetric([name])),
    });
  } else {
    await keys.verify(jws, 'profile', { ...rules, algorithms: [...publishedKeyAlgorithms] });
  }
  // The exact text, so that no number in it changes.
  return Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8');
}
