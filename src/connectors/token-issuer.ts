import { decodeJwt } from 'jose';
import type { WireAnswer } from './conform.ts';
import type { Connector } from './contract.ts';
import type { Registration } from './registration.ts';
import type { JsonObject } from './wire.ts';
import { bodyOf } from './wire-json.ts';

/**
 * The issuer that the ID token of this answer must name, where that depends on whom it is about. The strict client takes
 * but one, so it is told this one and reads the answer again; what the token claims is not verified before that.
 * @throws Error when nobody of there may sign in
 */
export function tokenIssuerOf(
  { tokenIssuer }: Connector,
  registration: Registration,
  answer: WireAnswer | undefined,
): string {
  const idToken = answer && bodyOf(answer)?.id_token;
  if (!tokenIssuer || typeof idToken !== 'string') return registration.issuer;
  const issuer = tokenIssuer(decodeJwt(idToken) as JsonObject, registration);
  if (issuer === undefined) throw new Error('the ID token is of a tenant whose people may not sign in');
  return issuer;
}
