import * as oidc from 'openid-client';
import type { Clock } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { Secret } from '../../kit/secret.ts';
import type { Arrived, TokenSet } from '../contract/arrived.ts';
import type { AuthorizeAsk } from '../contract/calls.ts';
import type { Connector } from '../contract/contract.ts';
import { UpstreamError } from '../contract/failures.ts';
import type { NativeProof } from '../contract/native-proof.ts';
import { createProviderKeys } from '../contract/provider-keys.ts';
import type { Registration } from '../contract/registration.ts';
import { createWire } from '../contract/wire.ts';
import { accountOf, identified, scopesOf } from './account-of.ts';
import { createAppToken } from './app-token.ts';
import { askWhoIs } from './ask-who-is.ts';
import type { HeldGrant, HeldTokens } from './held-grant.ts';
import { createNativeReader, type NativeArrival } from './native.ts';
import { foreignClaim } from './refreshed-id-token.ts';
import { revokeGrant } from './revoke-grant.ts';
import { type CodeExchange, createTokenClient } from './token-client.ts';

/** One registration at one provider, ready to be talked to. Knows no database and no web framework. */
export interface Upstream {
  readonly connector: Connector;
  readonly registration: Registration;
  /** Parameters of the authorize request beside those of the flow (state, PKCE, nonce). */
  authorizeParameters(ask: AuthorizeAsk): Readonly<Record<string, string>>;
  conformAuthorize(url: URL): URL;
  /** Code to tokens to account. @throws UpstreamError */
  arrive(exchange: CodeExchange): Promise<Arrived>;
  /** Somebody an app has signed in by the provider's SDK. @throws UpstreamError */
  arriveNatively(proof: NativeProof): Promise<NativeArrival>;
  /**
   * Asks the provider whose token this is; false: it has no way to ask.
   * @throws UpstreamError, grant-dead when the provider no longer takes it
   */
  whoIs(accessToken: Secret): Promise<boolean>;
  /** A newer token set from what the vault holds. @throws UpstreamError */
  renew(held: HeldTokens): Promise<TokenSet>;
  /** An access token of these scopes alone, where the connector `narrows`. @throws UpstreamError */
  narrow(held: HeldTokens, scopes: readonly string[]): Promise<TokenSet>;
  /** Ends the grant at the provider. @throws UpstreamError */
  revoke(held: HeldGrant): Promise<'revoked' | 'unsupported'>;
}

export interface UpstreamDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly clock: Clock;
}

export function createUpstream(deps: UpstreamDeps): Upstream {
  const { connector, registration, outbound, clock } = deps;
  const wire = createWire(outbound, clock, connector.classify);
  const appToken = createAppToken(deps, wire);
  const keys = createProviderKeys(registration.endpoints.jwks, deps);
  const client = createTokenClient({ ...deps, appToken, keys });
  const native = createNativeReader({ ...deps, wire, keys });

  async function arrive(exchange: CodeExchange): Promise<Arrived> {
    const { code, callback = {} } = exchange;
    if (connector.family === 'tokenless') {
      const identify = { code, callback, registration, wire, appToken, now: clock.now() };
      return { tokens: undefined, account: await identified(connector, identify) };
    }
    const { tokens: first, claims } = await client.exchangeCode(exchange);
    const call = { tokens: first, callback, registration, wire, keys, now: clock.now() };
    const account = await accountOf(connector, call, claims);
    const granted = { ...first, scopes: await scopesOf(connector, call) };
    const sid = typeof claims.sid === 'string' ? claims.sid : undefined;
    const { atOnce } = connector.refresh.exchange ?? {};
    const authTime = typeof claims.auth_time === 'number' ? claims.auth_time : undefined;
    if (!atOnce) return { tokens: granted, account, authTime, sid };
    const trade = (token: Secret) => client.exchangeLiveToken(token, atOnce === true ? undefined : atOnce);
    const isTheirs = ({ idTokenClaims }: TokenSet) =>
      !foreignClaim({ connector, registration, subject: account.subject }, idTokenClaims);
    return { tokens: await longer(trade, granted, isTheirs), account, authTime, sid };
  }

  return {
    connector,
    registration,
    authorizeParameters: (ask) => ({
      ...(registration.scopes.length > 0 && {
        scope: registration.scopes.join(connector.scopes.separator),
      }),
      ...(connector.takesMaxAge && ask.maxAge !== undefined && { max_age: String(ask.maxAge) }),
      ...connector.authorizeParameters?.(ask),
    }),
    conformAuthorize: (url) => connector.conformAuthorize?.(url, registration) ?? url,

    arrive,
    async arriveNatively(proof) {
      if (proof.kind === 'id_token') return await native.byIdToken(proof.value, proof.nonce);
      if (proof.kind === 'access_token') return await native.byAccessToken(proof.value);
      const { value: code, verifier } = proof;
      // That a code counts once is the provider's to see to (RFC 6749, section 4.1.2).
      return { ...(await arrive({ code, verifier, nonce: undefined, iss: undefined })), once: undefined };
    },

    whoIs: (accessToken) => askWhoIs({ ...deps, wire, keys }, accessToken),

    async renew(held) {
      if (connector.refresh.how === 'exchange-live-token')
        return await client.exchangeLiveToken(held.accessToken);
      return await client.refresh(refreshTokenOf(held), held.parameters);
    },

    narrow: (held, scopes) => client.refresh(refreshTokenOf(held), held.parameters, scopes),

    revoke: (held) => revokeGrant({ connector, registration, wire, client, clock }, held),
  };
}

function refreshTokenOf({ refreshToken }: HeldTokens): Secret {
  if (refreshToken) return refreshToken;
  throw new UpstreamError('refresh', { kind: 'grant-dead', reason: 'not_refreshable' });
}

/** A failed trade leaves the short-lived token, which is still good for now, and so does one for another's token. */
async function longer(
  exchange: (token: Secret) => Promise<TokenSet>,
  first: TokenSet,
  isTheirs: (traded: TokenSet) => boolean,
): Promise<TokenSet> {
  try {
    const traded = await exchange(first.accessToken);
    return isTheirs(traded) ? { ...traded, scopes: traded.scopes ?? first.scopes } : first;
  } catch (error) {
    if (error instanceof UpstreamError) return first;
    throw error;
  }
}

/** For flows that need one: RFC 7636 and OpenID Connect Core values of full strength. */
export const flowValues = {
  verifier: oidc.randomPKCECodeVerifier,
  nonce: oidc.randomNonce,
  challenge: oidc.calculatePKCECodeChallenge,
};
