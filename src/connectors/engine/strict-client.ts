import * as oidc from 'openid-client';
import type { Clock } from '../../kit/clock.ts';
import type { Outbound } from '../../kit/outbound.ts';
import type { Secret } from '../../kit/secret.ts';
import { basicCredentials } from '../contract/basic-credentials.ts';
import type { Connector } from '../contract/contract.ts';
import type { Step } from '../contract/failures.ts';
import { isSymmetric, publishedKeyAlgorithms } from '../contract/id-token-algorithms.ts';
import type { Callback, Registration } from '../contract/registration.ts';
import type { HttpAnswer } from '../contract/rewrite.ts';
import type { KeyCache } from './key-cache.ts';
import { type Observed, rewritingFetch } from './rewriting-fetch.ts';

// The configuration of openid-client for one call. A connector's quirks are rewritten, so the library stays strict.

export interface StrictClientDeps {
  readonly connector: Connector;
  readonly registration: Registration;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly appToken: () => Promise<Secret>;
  readonly keys: KeyCache;
}

/** The purpose of a call. */
export interface Purpose extends Replay {
  readonly step: Step;
  readonly callback?: Callback | undefined;
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** The inputs of a call that reads an earlier answer once more. */
export interface Replay {
  /** The earlier answer of the token endpoint. */
  readonly replay?: HttpAnswer | undefined;
  /** Returns the key set, where it is not the cached one. */
  readonly keys?: () => Promise<HttpAnswer>;
}

/** Returns the library's configuration for one call. The answers of that call are written to `observed`. */
export async function configure(
  deps: StrictClientDeps,
  observed: Observed,
  { step, callback = {}, parameters = {}, replay, keys = deps.keys.get }: Purpose,
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
    id_token_signing_alg_values_supported: [...(connector.idTokenAlgorithms ?? publishedKeyAlgorithms)],
  };
  const configuration = new oidc.Configuration(
    server,
    clientId,
    {},
    clientAuthentication(connector, clientSecret),
  );
  const context = { step, callback, parameters, now: clock.now(), appToken };
  configuration[oidc.customFetch] = (url, options) =>
    rewritingFetch({ ...deps, context, replay, keys }, observed, { url, options });
  // The guarded client decides about plain http, host by host.
  oidc.allowInsecureRequests(configuration);
  // The ID token's signature is checked although it came over TLS, since a proxy may end TLS before the provider.
  if (connector.family === 'oidc' && !isSymmetric(connector.idTokenAlgorithms))
    oidc.enableNonRepudiationChecks(configuration);
  return configuration;
}

function clientAuthentication(connector: Connector, secret: Secret | undefined): oidc.ClientAuth {
  if (connector.clientAuthentication === 'none' || !secret) return oidc.None();
  if (connector.clientAuthentication === 'client_secret_post') return oidc.ClientSecretPost(secret.reveal());
  // The library's own function would encode hyphens too.
  return (_server, { client_id: clientId }, _body, headers) =>
    headers.set('authorization', basicCredentials(clientId, secret.reveal()));
}
