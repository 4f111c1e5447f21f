import * as oidc from 'openid-client';
import type { Json } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import { bodyOf } from '../contract/answer-json.ts';
import type { ParametersCall } from '../contract/calls.ts';
import { type Step, UpstreamError } from '../contract/failures.ts';
import { isSymmetric } from '../contract/id-token-algorithms.ts';
import type { LiveTokenGrant } from '../contract/refresh-traits.ts';
import type { Callback } from '../contract/registration.ts';
import type { TokenSet } from '../contract/upstream-sign-in.ts';
import { checkHmac, checkIdToken, tokenIssuerOf } from './check-id-token.ts';
import { idTokenClaimsIn } from './refreshed-id-token.ts';
import type { Observed } from './rewriting-fetch.ts';
import { configure, type Purpose, type Replay, type StrictClientDeps } from './strict-client.ts';
import { tokenSetOf } from './token-answer.ts';
import { tokenCallError } from './token-call-error.ts';

/** The token client for all providers: openid-client, with requests and answers rewritten by the connector. */
export interface TokenClient {
  exchangeCode(exchange: CodeExchange): Promise<Exchanged>;
  /** Requests a newer token set. `parameters`: those stored with the tokens. `scopes`: fewer than were granted. */
  refresh(refreshToken: Secret, parameters?: Parameters, scopes?: readonly string[]): Promise<TokenSet>;
  /** Trades a valid access token for one with a longer lifetime. */
  exchangeLiveToken(accessToken: Secret, grant?: LiveTokenGrant): Promise<TokenSet>;
  /** Revokes a token (RFC 7009). */
  revoke(token: Secret, hint: 'access_token' | 'refresh_token'): Promise<void>;
}

type Parameters = Readonly<Record<string, string>>;

export interface CodeExchange {
  readonly code: string;
  readonly verifier: string | undefined;
  readonly nonce: string | undefined;
  /** RFC 9207, when the provider sent it. */
  readonly iss: string | undefined;
  readonly callback?: Callback;
}

export interface Exchanged {
  readonly tokens: TokenSet;
  /** The claims of the verified ID token; empty if there is none. */
  readonly claims: Readonly<Record<string, Json>>;
}

export function createTokenClient(deps: StrictClientDeps): TokenClient {
  const { connector, registration, keys, clock } = deps;

  /** Calls the token endpoint, and validates the answer again where its issuer or keys turn out to be others. */
  async function ask(
    purpose: Purpose,
    observed: Observed,
    request: (configuration: oidc.Configuration) => Promise<Answered>,
  ): Promise<Answered> {
    // Runs the request as if the connection had this issuer. With `replay`, the provider is not called again.
    const requestAs = async (issuer: string, replayed: Replay = {}) =>
      await request(
        await configure({ ...deps, registration: { ...registration, issuer } }, observed, {
          ...purpose,
          ...replayed,
        }),
      );
    const edition = keys.edition();
    const first = requestAs(registration.issuer);
    // Its answer is in `observed` now, also if it was not accepted.
    await first.catch(() => undefined);
    const { token: replay } = observed;
    // A refreshed token set is saved first. Its ID token is checked afterwards.
    if (purpose.step !== 'exchange' || !replay) return await first;
    const issuer = tokenIssuerOf(connector, registration, replay);
    const second = issuer === registration.issuer ? first : requestAs(issuer, { replay });
    try {
      return await second;
    } catch (error) {
      // The provider may have changed its keys since they were fetched.
      const idToken = bodyOf(replay)?.id_token;
      if (typeof idToken !== 'string' || !(await keys.isBehind(idToken, edition))) throw error;
      return await requestAs(issuer, { replay, keys: keys.refetch });
    }
  }

  /** Returns the checked token set of a grant request. @throws UpstreamError */
  async function grant(
    purpose: Purpose,
    request: (configuration: oidc.Configuration) => Promise<Answered>,
  ): Promise<Exchanged> {
    const observed: Observed = {};
    const { step, callback = {} } = purpose;
    // Read before the call: a process that was suspended reads the answer much later than it was issued.
    const askedAt = clock.now();
    try {
      const answered = await ask(purpose, observed, request);
      const tokens = tokenSetOf(observed.token?.text ?? '', {
        traits: connector,
        asked: registration.scopes,
        now: askedAt,
        parametersOf: (accessToken, extra) =>
          parametersFrom({ accessToken, extra, callback, registration }, step),
      });
      const claims = (answered.claims?.() ?? {}) as Readonly<Record<string, Json>>;
      const { id_token: idToken } = answered;
      const accessToken = tokens.accessToken.reveal();
      const { clientId, clientSecret } = registration;
      if (idToken && isSymmetric(connector.idTokenAlgorithms)) await checkHmac(idToken, clientSecret);
      if (idToken) checkIdToken({ claims, idToken, accessToken, clientId });
      const idTokenClaims = idTokenClaimsIn(connector, observed.token);
      return { tokens: { ...tokens, askedAt, idTokenClaims }, claims };
    } catch (cause) {
      throw errorOf(step, observed, cause);
    }
  }

  /** Returns the parameters of an answer. At a refresh, unreadable ones are ignored, so that no token set is lost. */
  function parametersFrom(about: ParametersCall, step: Step): Parameters {
    try {
      return connector.parameters?.(about) ?? {};
    } catch (error) {
      if (step === 'refresh') return {};
      throw error;
    }
  }

  function errorOf(step: Step, observed: Observed, cause: unknown): UpstreamError {
    // An error of the connector itself counts as it is, e.g. a key that cannot be read.
    if (cause instanceof UpstreamError) return cause;
    return tokenCallError({ step, observed, cause }, { classify: connector.classify, now: clock.now() });
  }

  return {
    async exchangeCode({ code, verifier, nonce, iss, callback: answered }) {
      const purpose = { step: 'exchange', callback: answered } as const;
      if (connector.family === 'oauth2') {
        const parameters = {
          code,
          redirect_uri: registration.redirectUri,
          ...(verifier && { code_verifier: verifier }),
        };
        return await grant(purpose, (configuration) =>
          oidc.genericGrantRequest(configuration, 'authorization_code', parameters),
        );
      }
      return await grant(purpose, (configuration) => {
        // A callback and the ID token may name different issuers. The first one is checked against the connection's
        // already.
        const expected = configuration.serverMetadata().issuer;
        const stated = iss === registration.issuer ? expected : iss;
        const callback = new URL(registration.redirectUri);
        callback.search = new URLSearchParams({
          code,
          ...(stated !== undefined && { iss: stated }),
        }).toString();
        return oidc.authorizationCodeGrant(configuration, callback, {
          ...(verifier !== undefined && { pkceCodeVerifier: verifier }),
          ...(nonce !== undefined && { expectedNonce: nonce }),
          idTokenExpected: true,
        });
      });
    },
    async refresh(refreshToken, parameters, scopes) {
      const { tokens } = await grant({ step: 'refresh', parameters }, (configuration) =>
        oidc.refreshTokenGrant(configuration, refreshToken.reveal(), {
          ...(scopes && { scope: scopes.join(connector.scopes.separator) }),
        }),
      );
      return tokens;
    },
    async exchangeLiveToken(accessToken, exchange = connector.refresh.exchange) {
      if (!exchange) throw new Error(`connector ${connector.provider} declares no exchange of live tokens`);
      const { tokens } = await grant({ step: 'refresh' }, (configuration) =>
        oidc.genericGrantRequest(configuration, exchange.grantType, { ...exchange.parameters(accessToken) }),
      );
      return tokens;
    },
    async revoke(token, hint) {
      const observed: Observed = {};
      try {
        const configuration = await configure(deps, observed, { step: 'revoke' });
        await oidc.tokenRevocation(configuration, token.reveal(), { token_type_hint: hint });
      } catch (cause) {
        throw errorOf('revoke', observed, cause);
      }
    },
  };
}

type Answered = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;
