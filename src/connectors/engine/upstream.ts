import * as oidc from 'openid-client';
import type { Clock } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { Secret } from '../../kit/secret.ts';
import { withFurtherParameters } from '../contract/authorize-parameters.ts';
import type { AuthorizeOptions } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { NativeProof } from '../contract/native.ts';
import type { Registration } from '../contract/registration.ts';
import type { TokenSet, UpstreamAccount, UpstreamSignIn } from '../contract/upstream-sign-in.ts';
import { createAppToken } from './app-token.ts';
import { authorizeParameters } from './authorize-parameters.ts';
import { requireOwnOrigins } from './destinations.ts';
import { fetchAccount, fetchGrantedScopes, identifyAccount } from './fetch-account.ts';
import { createKeyCache } from './key-cache.ts';
import { createProofReader, type NativeSignIn } from './native-proofs.ts';
import { accountOfToken, scopesOfToken } from './probe-token.ts';
import { createProviderHttp } from './provider-http.ts';
import { foreignClaim } from './refreshed-id-token.ts';
import { revokeGrant, type StoredGrant, type StoredTokens } from './revoke-grant.ts';
import { type CodeExchange, createTokenClient } from './token-client.ts';

/**
 * The engine runs a connector: it makes all calls to one provider for one registration. It owns the token client, the
 * provider's cached keys and app token, and the classification of failures. It knows no database and no web framework,
 * and stores no tokens. A sign-in takes these steps, in this order: exchange the code; check the ID token; fetch the
 * account; find the granted scopes; trade a short-lived token for a longer one where the connector says so. The result
 * goes to `login`, which started the sign-in. The vault calls `refresh`, `narrow`, `probeToken` and `revoke` later.
 */
export interface Upstream {
  readonly connector: Connector;
  readonly registration: Registration;
  /**
   * Returns the parameters of the authorize request, without those of the flow (state, PKCE, nonce) and the connection's
   * own.
   */
  authorizeParameters(options: AuthorizeOptions): Readonly<Record<string, string>>;
  /** Returns the URL as the provider wants it, with the connection's own parameters behind those of the flow. */
  rewriteAuthorizeUrl(url: URL): URL;
  /** Exchanges a code for tokens and fetches the account. @throws UpstreamError */
  signIn(exchange: CodeExchange): Promise<UpstreamSignIn>;
  /** Checks a proof that an app got from the provider's SDK. @throws UpstreamError */
  signInByProof(proof: NativeProof): Promise<NativeSignIn>;
  /**
   * Tests whether the provider still accepts this token, by a request for the account. Returns false if the provider has
   * no such request. @throws UpstreamError, of kind grant-dead if the token is refused, and OriginChangedError
   */
  probeToken(stored: Pick<StoredTokens, 'accessToken' | 'origins'>): Promise<boolean>;
  /**
   * Returns the scopes of a token whose answer the broker has not seen. Undefined: the provider has no such request. @throws
   * UpstreamError, OriginChangedError
   */
  scopesOf(stored: Pick<StoredTokens, 'accessToken' | 'origins'>): Promise<readonly string[] | undefined>;
  /**
   * Returns the account of this token, without names that the provider tells at a sign-in only. Undefined: the provider has no
   * such request. @throws UpstreamError, OriginChangedError
   */
  accountOf(stored: AskedToken): Promise<UpstreamAccount | undefined>;
  /** Returns a newer token set. @throws UpstreamError, OriginChangedError */
  refresh(stored: StoredTokens): Promise<TokenSet>;
  /** Returns an access token of these scopes alone, where the connector `narrows`. @throws UpstreamError, OriginChangedError */
  narrow(stored: StoredTokens, scopes: readonly string[]): Promise<TokenSet>;
  /** Ends the grant at the provider. @throws UpstreamError, OriginChangedError */
  revoke(stored: StoredGrant): Promise<'revoked' | 'unsupported'>;
}

export interface AskedToken extends Pick<StoredTokens, 'accessToken' | 'origins'> {
  /** Further members of the token answer, as far as they are known. */
  readonly extra?: TokenSet['extra'] | undefined;
}

export interface UpstreamDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

export function createUpstream(deps: UpstreamDeps): Upstream {
  const { connector, registration, outbound, clock } = deps;
  const http = createProviderHttp(outbound, clock, connector.classify);
  const appToken = createAppToken(deps, http);
  const keys = createKeyCache(registration.endpoints.jwks, deps);
  const client = createTokenClient({ ...deps, appToken, keys });
  const proofs = createProofReader({ ...deps, http, keys });

  async function signIn(exchange: CodeExchange): Promise<UpstreamSignIn> {
    const { code, callback = {} } = exchange;
    if (connector.family === 'tokenless') {
      const identify = { code, callback, registration, http, appToken, now: clock.now() };
      return { tokens: undefined, account: await identifyAccount(connector, identify) };
    }
    const { tokens: first, claims } = await client.exchangeCode(exchange);
    const call = { tokens: first, callback, registration, http, keys, now: clock.now() };
    const account = await fetchAccount(connector, call, claims);
    const parameters = { ...first.parameters, ...account.parameters };
    const granted = { ...first, parameters, scopes: await fetchGrantedScopes(connector, call) };
    const sid = typeof claims.sid === 'string' ? claims.sid : undefined;
    // The connector says that the first token is too short-lived, and by which grant to trade it.
    const { atOnce } = connector.refresh.exchange ?? {};
    const authTime = typeof claims.auth_time === 'number' ? claims.auth_time : undefined;
    if (!atOnce) return { tokens: granted, account, authTime, sid };
    const trade = (token: Secret) => client.exchangeLiveToken(token, atOnce === true ? undefined : atOnce);
    const isOfAccount = ({ idTokenClaims }: TokenSet) =>
      !foreignClaim({ connector, registration, subject: account.subject }, idTokenClaims);
    return { tokens: await tradedOrFirst(trade, granted, isOfAccount), account, authTime, sid };
  }

  async function accountOf(stored: AskedToken) {
    requireOwnOrigins(deps, stored, 'account');
    return await accountOfToken({ ...deps, http, keys }, stored.accessToken, stored.extra);
  }

  return {
    connector,
    registration,
    authorizeParameters: (options) => authorizeParameters(connector, registration, options),
    rewriteAuthorizeUrl: (url) => {
      const rewritten = connector.rewriteAuthorizeUrl?.(url, registration) ?? url;
      return withFurtherParameters(rewritten, registration.options);
    },

    signIn,
    async signInByProof(proof) {
      if (proof.kind === 'id_token') return await proofs.byIdToken(proof.value, proof.nonce);
      if (proof.kind === 'access_token') return await proofs.byAccessToken(proof.value);
      const { value: code, verifier } = proof;
      // The provider ensures that a code works only once (RFC 6749 section 4.1.2).
      return { ...(await signIn({ code, verifier, nonce: undefined, iss: undefined })), once: undefined };
    },

    probeToken: async (stored) => (await accountOf(stored)) !== undefined,
    accountOf,

    async scopesOf(stored) {
      requireOwnOrigins(deps, stored, 'account');
      return await scopesOfToken({ ...deps, http, keys }, stored.accessToken);
    },

    async refresh(stored) {
      requireOwnOrigins(deps, stored, 'refresh');
      if (connector.refresh.how === 'exchange-live-token')
        return await client.exchangeLiveToken(stored.accessToken);
      const refreshToken = refreshTokenOf(stored);
      return await client.refresh(refreshToken, stored.parameters).catch(async (error: unknown) => {
        if (registration.scopes.length === 0 || !asksForScope(error)) throw error;
        return await client.refresh(refreshToken, stored.parameters, registration.scopes);
      });
    },

    async narrow(stored, scopes) {
      requireOwnOrigins(deps, stored, 'refresh');
      return await client.refresh(refreshTokenOf(stored), stored.parameters, scopes);
    },

    async revoke(stored) {
      requireOwnOrigins(deps, stored, 'revoke');
      return await revokeGrant({ connector, registration, http, client, clock }, stored);
    },
  };
}

/**
 * Returns whether a refresh was refused for the lack of `scope`, which RFC 6749 section 6 leaves out of a plain refresh. The
 * provider then has neither used nor rotated the refresh token. Microsoft says so for some apps.
 */
function asksForScope(error: unknown): boolean {
  if (!(error instanceof UpstreamError) || !error.refused) return false;
  if (error.code !== 'invalid_request' && error.code !== 'invalid_scope') return false;
  const said = error.said();
  return /\bscopes?\b/i.test(said) && /\b(?:missing|required|requires|must)\b/i.test(said);
}

function refreshTokenOf({ refreshToken }: StoredTokens): Secret {
  if (refreshToken) return refreshToken;
  throw new UpstreamError('refresh', { kind: 'grant-dead', reason: 'not_refreshable' });
}

/** Returns the traded token set, or the first one, which still works, if the trade failed or was of another account. */
async function tradedOrFirst(
  exchange: (token: Secret) => Promise<TokenSet>,
  first: TokenSet,
  isOfAccount: (traded: TokenSet) => boolean,
): Promise<TokenSet> {
  try {
    const traded = await exchange(first.accessToken);
    return isOfAccount(traded) ? { ...traded, scopes: traded.scopes ?? first.scopes } : first;
  } catch (error) {
    if (error instanceof UpstreamError) return first;
    throw error;
  }
}

/** Makers of the random values of a flow, as RFC 7636 and OpenID Connect Core require them. */
export const flowValues = {
  verifier: oidc.randomPKCECodeVerifier,
  nonce: oidc.randomNonce,
  challenge: oidc.calculatePKCECodeChallenge,
};
