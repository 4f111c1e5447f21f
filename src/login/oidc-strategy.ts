import type { Request } from 'express';
import { Strategy } from 'passport';
import { flowValues, type Upstream } from '../connectors/engine/upstream.ts';
import type { AuthorizationRun, CallbackRun } from './run-strategy.ts';

/**
 * OpenID Connect through openid-client: the redirect has nonce and PKCE, the callback yields a verified ID
 * token.
 */
export class ConnectionOidcStrategy extends Strategy {
  readonly #upstream: Upstream;
  readonly #run: { readonly authorization?: AuthorizationRun; readonly callback?: CallbackRun };

  constructor(
    upstream: Upstream,
    run: { readonly authorization?: AuthorizationRun; readonly callback?: CallbackRun },
  ) {
    super();
    this.name = 'oidc';
    this.#upstream = upstream;
    this.#run = run;
  }

  override authenticate(_request: Request): void {
    // Passport adds `redirect`, `success` and `error` to an object whose prototype is this one, so private
    // members are read here.
    const { authorization, callback } = this.#run;
    const upstream = this.#upstream;
    if (authorization)
      authorizationUrl(upstream, authorization).then((url) => this.redirect(url), this.error.bind(this));
    else if (callback)
      upstream.signIn(callback).then((completed) => this.success(completed), this.error.bind(this));
    else this.error(new Error('a run needs an authorization or a callback'));
  }
}

async function authorizationUrl(upstream: Upstream, authorization: AuthorizationRun): Promise<string> {
  const { connector, registration } = upstream;
  const nonce = flowValues.nonce();
  const verifier = connector.pkce === 'unsupported' ? undefined : flowValues.verifier();
  const state = await authorization.start({ verifier, nonce });
  const url = new URL(registration.endpoints.authorization);
  const parameters = {
    client_id: registration.clientId,
    redirect_uri: registration.redirectUri,
    response_type: 'code',
    ...upstream.authorizeParameters(authorization.ask),
    state,
    nonce,
    ...(verifier && { code_challenge: await flowValues.challenge(verifier), code_challenge_method: 'S256' }),
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return upstream.rewriteAuthorizeUrl(url).href;
}
