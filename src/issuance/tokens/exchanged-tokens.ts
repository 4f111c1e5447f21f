import { importJWK, SignJWT } from 'jose';
import type { SenderKeys } from '../../http/bearer.ts';
import { newSecret } from '../../kit/ids.ts';
import type { SigningKeys } from '../keys/signing-keys.ts';
import type { Audiences } from '../registry/audiences.ts';
import { systemTime } from '../system-time.ts';
import { actOf, apiClaim } from './actors.ts';
import { connectionsClaim } from './claims.ts';

/** What an exchanged token says. */
export interface ExchangedToken {
  readonly userId: string;
  /** The client ids of the actors, the current one first: the API, then the app on whose behalf it acts. */
  readonly actors: readonly string[];
  /** The id of the API whose policy decides. */
  readonly api: string;
  readonly scopes: readonly string[];
  /** The ids of the connections that the scopes are for. */
  readonly connections: readonly string[];
  /** The grant of the subject token, with which the new token ends. */
  readonly grantId: string | undefined;
  readonly signedInAt: Date | undefined;
  /** The end of the subject token. */
  readonly notAfter: Date;
  /** The keys that the token is bound to, of those that the request of the API proves. */
  readonly bound: SenderKeys;
}

export interface IssuedToken {
  readonly token: string;
  readonly jti: string;
  /** Seconds. */
  readonly expiresIn: number;
}

/** Issues a token for the broker's own API, by which an API acts for a person. */
export type IssueExchanged = (token: ExchangedToken) => Promise<IssuedToken>;

/** Seconds. */
const longestLife = 300;

export interface ExchangedTokenDeps {
  readonly issuer: string;
  readonly audiences: Pick<Audiences, 'broker'>;
  readonly keys: Pick<SigningKeys, 'privateKeys'>;
}

/**
 * Returns the issuer of exchanged tokens. oidc-provider has no such grant, and its tokens name one client: this one is
 * signed here. It lives for five minutes, and no longer than the subject token.
 */
export function createExchangedTokens({ issuer, audiences, keys }: ExchangedTokenDeps): IssueExchanged {
  return async ({ userId, actors, api, scopes, connections, grantId, signedInAt, notAfter, bound }) => {
    const [jwk] = keys.privateKeys().filter(({ alg }) => alg === 'RS256');
    const [clientId] = actors;
    if (!jwk?.kid || clientId === undefined) throw new Error('there is no key or no actor');
    const { jkt, x5t } = bound;
    const iat = Math.floor(systemTime().getTime() / 1000);
    const exp = Math.min(iat + longestLife, Math.floor(notAfter.getTime() / 1000));
    const jti = newSecret();
    const token = await new SignJWT({
      iss: issuer,
      sub: userId,
      aud: audiences.broker,
      client_id: clientId,
      scope: scopes.join(' '),
      jti,
      iat,
      exp,
      act: actOf(actors),
      [apiClaim]: api,
      [connectionsClaim]: [...connections],
      ...(grantId !== undefined && { grant_id: grantId }),
      ...((jkt ?? x5t) !== undefined && { cnf: { jkt, 'x5t#S256': x5t } }),
      ...(signedInAt && { auth_time: Math.floor(signedInAt.getTime() / 1000) }),
    })
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', kid: jwk.kid })
      .sign(await importJWK(jwk, 'RS256'));
    return { token, jti, expiresIn: exp - iat };
  };
}
