import { decodeJwt } from 'jose';
import type { JsonObject } from '../../kit/exact-json.ts';
import { bodyOf } from '../contract/answer-json.ts';
import type { Connector } from '../contract/contract.ts';
import { nativeAudiencesOf } from '../contract/options.ts';
import { issuersOf, type Registration } from '../contract/registration.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import type { UpstreamAccount } from '../contract/upstream-sign-in.ts';

/**
 * Returns the unverified claims of the ID token in this answer, which came straight from the token endpoint (OpenID
 * Connect Core 3.1.3.7, step 6). They are used only to refuse an answer. Undefined: no readable ID token.
 */
export function idTokenClaimsIn(
  { family }: Connector,
  answer: HttpAnswer | undefined,
): JsonObject | undefined {
  const idToken = answer && bodyOf(answer)?.id_token;
  if (family !== 'oidc' || typeof idToken !== 'string') return undefined;
  try {
    return decodeJwt(idToken) as JsonObject;
  } catch {
    return undefined;
  }
}

export type ForeignClaim = 'iss' | 'sub' | 'aud';

export interface Refreshing {
  readonly connector: Connector;
  readonly registration: Registration;
  /** The subject of the identity whose grant was refreshed. */
  readonly subject: string;
}

/**
 * Returns the claim that shows that a refreshed ID token is of another issuer, person or client (OpenID Connect Core
 * 12.2). Returns undefined if none does.
 */
export function foreignClaim(
  { connector, registration, subject }: Refreshing,
  claims: JsonObject | undefined,
): ForeignClaim | undefined {
  if (!claims) return undefined;
  const { iss, aud } = claims;
  if (typeof iss === 'string' && !expectedIssuers(connector, registration, claims).includes(iss))
    return 'iss';
  const person = subjectIn(connector, claims);
  if (person !== undefined && person !== subject) return 'sub';
  const audiences = [aud ?? []].flat();
  const ours = [registration.clientId, ...nativeAudiencesOf(registration.options)];
  const forOthers =
    audiences.length > 0 && !audiences.some((one) => typeof one === 'string' && ours.includes(one));
  return forOthers ? 'aud' : undefined;
}

/** Returns the issuers to expect; none: no account of that tenant may sign in. */
function expectedIssuers(
  { tokenIssuer }: Connector,
  registration: Registration,
  claims: JsonObject,
): readonly (string | undefined)[] {
  const known = issuersOf(registration);
  try {
    return tokenIssuer ? known.map((issuer) => tokenIssuer(claims, { ...registration, issuer })) : known;
  } catch {
    return [];
  }
}

function subjectIn(connector: Connector, claims: JsonObject): string | undefined {
  return accountIn(connector, claims)?.subject;
}

/** Returns the account as at a sign-in. The options are left out, since their rules are about permission to sign in. */
export function accountIn(connector: Connector, claims: JsonObject): UpstreamAccount | undefined {
  if (connector.family !== 'oidc') return undefined;
  const sub = typeof claims.sub === 'number' ? String(claims.sub) : claims.sub;
  try {
    const account = connector.account({ ...claims, ...(sub !== undefined && { sub }) }, {}, { options: {} });
    return account.subject === '' ? undefined : account;
  } catch {
    return undefined;
  }
}
