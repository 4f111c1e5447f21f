import type Provider from 'oidc-provider';
import { z } from 'zod';
import type { PresentedToken, SenderKeys } from '../../http/bearer.ts';
import { hashOf } from '../../kit/ids.ts';
import { Problem } from '../../kit/problem.ts';
import type { StandingOf } from '../admission/app-standing.ts';
import type { ConnectionBinding } from '../consent/connection-binding.ts';
import type { AppRegistry } from '../registry/apps.ts';
import { isBoundAs } from '../registry/token-binding.ts';
import type { BindingDemands } from '../senders/binding-demands.ts';
import { notBound, type Senders } from '../senders/sender-check.ts';
import type { AccessTokenClaims } from './access-token-claims.ts';
import { actorsOf, apiClaim } from './actors.ts';
import { approvedDetail } from './call-details.ts';
import { connectionsClaim } from './claims.ts';
import { type JwtAccessTokens, userOf } from './jwt-access-tokens.ts';

export interface AccessToken {
  /** Undefined when the app acts for itself. */
  readonly userId: string | undefined;
  readonly clientId: string;
  readonly scopes: ReadonlySet<string>;
  /** The connections that its `idp:{alias}` scopes are for. */
  readonly granted: ConnectionBinding;
  /** The JWT's `jti`, or the hash of an opaque token. */
  readonly jti: string;
  readonly grantId: string | undefined;
  readonly expiresAt: Date;
  /** When the person signed in; undefined: not by a browser, or not known. */
  readonly signedInAt: Date | undefined;
  /** Set for a token by which an API acts for the person, on behalf of the app that has called it. */
  readonly onBehalf?: OnBehalf | undefined;
  /** The ids of the calls that the person has approved for it (RFC 9396). */
  readonly approvals?: readonly string[] | undefined;
  /** The one client that may act with it (RFC 8693 section 4.4); undefined: it names none. */
  readonly mayAct?: string | undefined;
  /** The keys that it is bound to. Its sender has proven them. */
  readonly bound: SenderKeys;
  /** No operator registered its app, which gets no more of the person than its scopes name. */
  readonly isSelfRegistered?: boolean | undefined;
}

export interface OnBehalf {
  /** The id of the API whose policy decides. */
  readonly api: string;
  /** The client id of the app that the person uses. */
  readonly app: string;
  /** The client ids of all actors, the current one first. */
  readonly actors: readonly string[];
}

/**
 * Verifies an access token, and that its sender holds the key that it is bound to. `now`: reads revocations from the table,
 * in case their notification has not arrived. A string is a bearer token. @throws Problem invalid_token, invalid_dpop_proof, use_dpop_nonce
 */
export type VerifyAccessToken = (
  presented: PresentedToken | string,
  audience: string,
  asOf?: 'now',
) => Promise<AccessToken>;

/**
 * Returns the verification of our own access tokens: of a JWT by its signature and the cached revocations, of an opaque
 * token by its row.
 *
 * This inner room verifies, refreshes and describes our tokens, and issues them where no browser takes part. The standard
 * grants are oidc-provider's, which `provider` configures. It holds no provider tokens; the vault does.
 */
export function createVerifyAccessToken({
  jwts,
  provider,
  senders,
  demands,
  standingOf,
}: {
  readonly jwts: JwtAccessTokens;
  readonly provider: () => Provider;
  readonly senders: Pick<Senders, 'check'>;
  readonly demands: BindingDemands;
  readonly standingOf: StandingOf;
}): VerifyAccessToken {
  return async (presented, audience, asOf) => {
    const token = typeof presented === 'string' ? presented : presented.token;
    const found = opaqueForm.test(token)
      ? await findOpaque(provider(), token, audience)
      : await readJwt(jwts, token, { audience, asOf });
    const standing = found && (await standingOf(appsOf(found)));
    if (!found || standing === 'refused') throw invalidToken();
    await senders.check(presented, found.bound);
    const unmet = await demands.unmet({ ...found, audience: [audience], api: found.onBehalf?.api });
    if (unmet) throw notBound(unmet);
    return { ...found, isSelfRegistered: standing === 'self-registered' };
  };
}

/**
 * Returns what a bearer token of a registered app that is bound to no key says, where all that decides about it is in memory.
 * Undefined: only `VerifyAccessToken` can tell.
 */
export type PeekAccessToken = (token: string) => AccessToken | undefined;

export function createPeekAccessToken({
  jwts,
  apps,
  audience,
}: {
  readonly jwts: Pick<JwtAccessTokens, 'known'>;
  readonly apps: Pick<AppRegistry, 'peek'>;
  /** One of this server's own APIs, which demands no binding. */
  readonly audience: string;
}): PeekAccessToken {
  return (token) => {
    const claims = jwts.known(token, audience);
    if (!claims || claims.cnf || claims.act || claims.authorization_details) return undefined;
    const app = apps.peek(claims.client_id)?.app;
    if (!app?.enabled || app.registration !== null || !isBoundAs(app.tokenBinding, {})) return undefined;
    return accessTokenOf(claims);
  };
}

/** Verifies a JWT access token of ours for whatever audience, by the revocations that the table has now. @throws Problem */
export type VerifyOwnToken = (token: string) => Promise<AccessToken>;

export function createVerifyOwnToken(jwts: JwtAccessTokens, standingOf: StandingOf): VerifyOwnToken {
  return async (token) => {
    const found = await readJwt(jwts, token, { audience: undefined, asOf: 'now' });
    if (!found || (await standingOf(appsOf(found))) === 'refused') throw invalidToken();
    return found;
  };
}

function appsOf({ clientId, onBehalf }: AccessToken) {
  return { clientId, actors: onBehalf?.actors };
}

const opaqueForm = /^[\w-]{20,128}$/;

export function invalidToken(): Problem {
  return new Problem('invalid_token', {
    headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
  });
}

async function readJwt(
  jwts: JwtAccessTokens,
  token: string,
  { audience, asOf }: { readonly audience: string | undefined; readonly asOf: 'now' | undefined },
): Promise<AccessToken | undefined> {
  const claims = asOf ? await jwts.readNow(token, audience) : await jwts.read(token, audience);
  return claims && accessTokenOf(claims);
}

function accessTokenOf(claims: AccessTokenClaims): AccessToken {
  return {
    userId: userOf(claims),
    clientId: claims.client_id,
    scopes: scopesIn(claims.scope),
    granted: { connections: claims[connectionsClaim], at: new Date(claims.iat * 1000) },
    jti: claims.jti,
    grantId: claims.grant_id,
    expiresAt: new Date(claims.exp * 1000),
    signedInAt: timeOf(claims.auth_time),
    onBehalf: onBehalfOf(claims),
    mayAct: claims.may_act?.sub,
    approvals: claims.authorization_details?.map(({ identifier }) => identifier),
    bound: { jkt: claims.cnf?.jkt, x5t: claims.cnf?.['x5t#S256'] },
  };
}

function onBehalfOf({ act, [apiClaim]: api }: AccessTokenClaims): OnBehalf | undefined {
  const actors = actorsOf(act);
  const app = actors.at(-1);
  return app === undefined ? undefined : { api: api ?? '', app, actors };
}

async function findOpaque(
  provider: Provider,
  token: string,
  audience: string,
): Promise<AccessToken | undefined> {
  const userToken = await provider.AccessToken.find(token);
  const found = userToken ?? (await provider.ClientCredentials.find(token));
  const { clientId, exp, iat = 0, aud = [], scope = '', extra } = found ?? {};
  if (!clientId || !exp || ![aud].flat().includes(audience)) return undefined;
  return {
    userId: userToken?.accountId,
    clientId,
    scopes: scopesIn(scope),
    granted: { connections: connectionsIn(extra), at: new Date(iat * 1000) },
    jti: hashOf(token),
    grantId: userToken?.grantId,
    expiresAt: new Date(exp * 1000),
    signedInAt: timeOf(found?.extra?.auth_time),
    approvals: z
      .array(approvedDetail)
      .optional()
      .parse(userToken?.rar)
      ?.map(({ identifier }) => identifier),
    bound: { jkt: found?.jkt, x5t: found?.['x5t#S256'] },
  };
}

function timeOf(seconds: unknown): Date | undefined {
  return typeof seconds === 'number' ? new Date(seconds * 1000) : undefined;
}

const connectionsExtra = z.object({ [connectionsClaim]: z.array(z.string()).optional() }).optional();

function connectionsIn(extra: unknown): readonly string[] | undefined {
  return connectionsExtra.parse(extra)?.[connectionsClaim];
}

function scopesIn(scope: string): ReadonlySet<string> {
  return new Set(scope.split(' ').filter(Boolean));
}
