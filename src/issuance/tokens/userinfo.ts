import type { Request, Response } from 'express';
import { inHeader, type PresentedToken } from '../../http/bearer.ts';
import { Problem } from '../../kit/problem.ts';
import type { People } from '../ports.ts';
import { claimsOf } from './claims.ts';
import { invalidToken, type VerifyAccessToken } from './verify-access-token.ts';

/** Returns the handler of the userinfo endpoint (OpenID Connect Core 5.3), for JWT and opaque access tokens. */
export function createUserinfo({
  audience,
  people,
  verify,
}: {
  readonly audience: string;
  readonly people: Pick<People, 'find'>;
  readonly verify: VerifyAccessToken;
}) {
  return async (request: Request, response: Response): Promise<void> => {
    const { userId, scopes } = await verify(presentedBy(request), audience);
    if (!scopes.has('openid')) throw insufficientScope();
    const person = userId === undefined ? undefined : await people.find(userId);
    if (!person || person.disabled) throw invalidToken();
    const { sub, email, email_verified, ...profile } = claimsOf(person);
    response.set('Cache-Control', 'no-store').json({
      sub,
      ...(scopes.has('profile') && profile),
      ...(scopes.has('email') && email !== undefined && { email, email_verified }),
    });
  };
}

/** Returns the access token (RFC 6750 section 2, RFC 9449 section 7): from the header or a form, from one of them only, never from the query. */
function presentedBy(request: Request): PresentedToken {
  if (request.query.access_token !== undefined)
    throw badRequest('an access token must not travel in the query');
  const { authorization } = request.headers;
  const form: unknown = request.is('application/x-www-form-urlencoded') ? request.body : undefined;
  const posted =
    form !== null && typeof form === 'object' && 'access_token' in form ? form.access_token : undefined;
  if (authorization === undefined && posted === undefined) {
    throw new Problem('invalid_token', { headers: { 'WWW-Authenticate': 'Bearer' } });
  }
  if (authorization !== undefined && posted !== undefined) throw badRequest('more than one access token');
  if (authorization === undefined && typeof posted === 'string')
    return { token: posted, by: 'Bearer', request };
  const presented = inHeader(request);
  if (!presented) throw invalidToken();
  return presented;
}

function badRequest(detail: string): Problem {
  const headers = { 'WWW-Authenticate': 'Bearer error="invalid_request"' };
  return new Problem('invalid_request', { detail, headers });
}

function insufficientScope(): Problem {
  const headers = { 'WWW-Authenticate': 'Bearer error="insufficient_scope", scope="openid"' };
  return new Problem('insufficient_scope', { headers });
}
