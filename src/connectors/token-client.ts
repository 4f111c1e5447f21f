import * as oidc from 'openid-client';
import type { Clock } from '../kit/clock.ts';
import type { Json } from '../kit/exact-json.ts';
import type { Outbound } from '../kit/outbound.ts';
import type { Secret } from '../kit/secret.ts';
import type { TokenSet } from './arrived.ts';
import { basicCredentials } from './basic.ts';
import { checkHmac, checkIdToken } from './check-id-token.ts';
import type { WireAnswer } from './conform.ts';
import { conformedFetch, type Observed } from './conformed-fetch.ts';
import type { Connector } from './contract.ts';
import { type Step, UpstreamError } from './failures.ts';
import { judgeFailure } from './judge-failure.ts';
import type { LiveTokenGrant } from './refresh-traits.ts';
import type { Callback, Registration } from './registration.ts';
import { tokenSetOf } from './token-answer.ts';
import { tokenIssuerOf } from './token-issuer.ts';

/** The one strict token client for every provider: openid-client, with the wire conformed on both sides. */
export interface TokenClient {
  exchangeCode(exchange: CodeExchange): Promise<Exchanged>;
  /** `scopes`: fewer than were granted. */
  refresh(refreshToken: Secret, parameters?: Parameters, scopes?: readonly string[]): Promise<TokenSet>;
  /** For providers that trade a live access token for a longer one. */
  exchangeLiveToken(accessToken: Secret, grant?: LiveTokenGrant): Promise<TokenSet>;
  /** RFC 7009. */
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
  /** Of the verified ID token; empty where there is none. */
  readonly claims: Readonly<Record<string, Json>>;
}

export interface TokenClientDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly appToken: () => Promise<Secret>;
}

/** What a call is for. */
interface Purpose {
  readonly step: Step;
  readonly callback?: Callback | undefined;
  readonly parameters?: Parameters | undefined;
  /** What the token endpoint has answered already. */
  readonly replay?: WireAnswer | undefined;
}

export function createTokenClient(deps: TokenClientDeps): TokenClient {
  const { connector, registration } = deps;
  const jwksCache: oidc.ExportedJWKSCache | Record<string, never> = {};

  async function ask(
    purpose: Purpose,
    observed: Observed,
    request: (configuration: oidc.Configuration) => Promise<Answered>,
  ): Promise<Answered> {
    const as = async (registered: Registration, replay?: WireAnswer) => {
      const call = { ...deps, registration: registered };
      const configuration = await configure(call, observed, { ...purpose, replay });
      oidc.setJwksCache(configuration, jwksCache as oidc.ExportedJWKSCache);
      return await request(configuration);
    };
    const first = as(registration);
    await first.catch(() => undefined);
    const issuer = tokenIssuerOf(connector, registration, observed.token);
    return await (issuer === registration.issuer ? first : as({ ...registration, issuer }, observed.token));
  }

  async function grant(
    purpose: Purpose,
    request: (configuration: oidc.Configuration) => Promise<Answered>,
  ): Promise<Exchanged> {
    const observed: Observed = {};
    const { step, callback = {} } = purpose;
    try {
      const answered = await ask(purpose, observed, request);
      const tokens = tokenSetOf(
        observed.token?.text ?? '',
        connector,
        (accessToken, extra) => connector.parameters?.({ accessToken, extra, callback, registration }) ?? {},
      );
      const claims = (answered.claims?.() ?? {}) as Readonly<Record<string, Json>>;
      const { id_token: idToken } = answered;
      const accessToken = tokens.accessToken.reveal();
      const { clientId, clientSecret } = registration;
      if (idToken && isSymmetric(connector)) await checkHmac(idToken, clientSecret);
      if (idToken) checkIdToken({ claims, idToken, accessToken, clientId });
      return { tokens, claims };
    } catch (cause) {
      throw judge(step, observed, cause);
    }
  }

  function judge(step: Step, observed: Observed, cause: unknown): UpstreamError {
    // A connector may know better than the wire, e.g. that a key cannot be read.
    if (cause instanceof UpstreamError) return cause;
    return judgeFailure({ step, observed, cause }, { classify: connector.classify, now: deps.clock.now() });
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
        // Whoever calls itself by its own name in the callback may go by another in the ID token.
        const own = configuration.serverMetadata().issuer;
        const named = iss === registration.issuer ? own : iss;
        const callback = new URL(registration.redirectUri);
        callback.search = new URLSearchParams({
          code,
          ...(named !== undefined && { iss: named }),
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
        throw judge('revoke', observed, cause);
      }
    },
  };
}

type Answered = oidc.TokenEndpointResponse & oidc.TokenEndpointResponseHelpers;

async function configure(
  deps: TokenClientDeps,
  observed: Observed,
  { step, callback = {}, parameters = {}, replay }: Purpose,
): Promise<oidc.Configuration> {
  const { connector, registration, clock, appToken } = deps;
  const { endpoints, clientId, issuer } = registration;
  const clientSecret =
    (await connector.mintClientSecret?.(registration, clock.now())) ?? registration.clientSecret;
  const server: oidc.ServerMetadata = {
    issuer,
    authorization_endpoint: endpoints.authorization,
    token_endpoint: endpoints.token,
    ...(endpoints.userinfo && { userinfo_endpoint: endpoints.userinfo }),
    ...(endpoints.revocation && { revocation_endpoint: endpoints.revocation }),
    ...(endpoints.jwks && { jwks_uri: endpoints.jwks }),
    ...(connector.idTokenAlgorithms && {
      id_token_signing_alg_values_supported: [...connector.idTokenAlgorithms],
    }),
  };
  const configuration = new oidc.Configuration(
    server,
    clientId,
    {},
    clientAuthentication(connector, clientSecret),
  );
  const context = { step, callback, parameters, now: clock.now(), appToken };
  configuration[oidc.customFetch] = (url, options) =>
    conformedFetch({ ...deps, context, replay }, observed, { url, options });
  // Whether plain http may be spoken is decided, host by host, by the guarded client.
  oidc.allowInsecureRequests(configuration);
  // The ID token's signature is checked although it came over TLS: the provider's front end is not the provider.
  if (connector.family === 'oidc' && !isSymmetric(connector)) oidc.enableNonRepudiationChecks(configuration);
  return configuration;
}

function isSymmetric({ idTokenAlgorithms = [] }: Connector): boolean {
  return idTokenAlgorithms.some((algorithm) => algorithm.startsWith('HS'));
}

function clientAuthentication(connector: Connector, secret: Secret | undefined): oidc.ClientAuth {
  if (connector.clientAuthentication === 'none' || !secret) return oidc.None();
  if (connector.clientAuthentication === 'client_secret_post') return oidc.ClientSecretPost(secret.reveal());
  // Not the library's own, which encodes even hyphens.
  return (_server, { client_id: clientId }, _body, headers) =>
    headers.set('authorization', basicCredentials(clientId, secret.reveal()));
}
