import { decodeJwt } from 'jose';
import type { WireAnswer } from '../contract/conform.ts';
import type { Connector } from '../contract/contract.ts';
import type { Registration } from '../contract/registration.ts';
import type { JsonObject } from '../contract/wire.ts';
import { bodyOf } from '../contract/wire-json.ts';

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
