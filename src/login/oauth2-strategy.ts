import type { Request } from 'express';
import OAuth2Strategy from 'passport-oauth2';
import type { UpstreamSignIn } from '../connectors/contract/upstream-sign-in.ts';
import type { Upstream } from '../connectors/engine/upstream.ts';
import type { AuthorizationRun, CallbackRun } from './run-strategy.ts';

type Done<T> = (error: unknown, result?: T) => void;
type ExchangeDone = (
  error: unknown,
  accessToken?: string,
  refreshToken?: string,
  completed?: UpstreamSignIn,
) => void;

/**
 * passport-oauth2 builds the redirect with state and PKCE. `LoginAttempts` stores the state, and the strict
 * token client redeems the code. One instance serves one run. A callback comes here with a checked state and
 * a code only: version 1.8 acts on `?error=` before it has checked the state, and starts again if there is no
 * code.
 */
export class ConnectionOAuth2Strategy extends OAuth2Strategy {
  readonly #upstream: Upstream;
  readonly #authorization: AuthorizationRun | undefined;

  constructor(
    upstream: Upstream,
    run: { readonly authorization?: AuthorizationRun; readonly callback?: CallbackRun },
  ) {
    const { connector, registration } = upstream;
    const options = {
      authorizationURL: registration.endpoints.authorization,
      tokenURL: registration.endpoints.token,
      clientID: registration.clientId,
      clientSecret: '',
      callbackURL: registration.redirectUri,
      pkce: connector.pkce !== 'unsupported',
      store: {
        store(
          _request: Request,
          verifier: string | undefined,
          _state: unknown,
          _meta: unknown,
          done: Done<string>,
        ) {
          run.authorization?.start({ verifier, nonce: undefined }).then((state) => done(null, state), done);
        },
        verify(_request: Request, _state: unknown, _meta: unknown, done: Done<string | true>) {
          done(null, run.callback?.verifier ?? true);
        },
      },
      skipUserProfile: true,
    };
    // The types know neither `pkce` nor the five-argument store of version 1.8.
    super(options as unknown as OAuth2Strategy.StrategyOptions, passOn);
    this.#upstream = upstream;
    this.#authorization = run.authorization;
    const exchange = (code: string, parameters: { code_verifier?: string }, done: ExchangeDone) => {
      const { code_verifier: verifier } = parameters;
      const { iss, callback = {} } = run.callback ?? {};
      upstream.signIn({ code, verifier, nonce: undefined, iss, callback }).then(
        // passport-oauth2 requires tokens here. The real ones are in the third value, sealed in `Secret`.
        (completed) => done(null, 'apart', 'apart', completed),
        (error: unknown) => done(error),
      );
    };
    Object.assign(this._oauth2, { getOAuthAccessToken: exchange });
  }

  override authorizationParams(): object {
    const authorization = this.#authorization;
    return authorization ? this.#upstream.authorizeParameters(authorization.ask) : {};
  }

  override authenticate(request: Request, options?: unknown): void {
    const redirect = this.redirect.bind(this);
    const upstream = this.#upstream;
    // passport-oauth2 writes `client_id` into the URL itself, so WeChat's `appid` is renamed at the end.
    this.redirect = (url, status) => redirect(upstream.rewriteAuthorizeUrl(new URL(url)).href, status);
    super.authenticate(request, options);
  }

  /** Keeps our typed errors instead of wrapping them. */
  _createOAuthError(_message: string, error: unknown): unknown {
    return error;
  }
}

function passOn(
  _access: string,
  _refresh: string,
  completed: UpstreamSignIn,
  _profile: unknown,
  done: Done<UpstreamSignIn>,
): void {
  done(null, completed);
}
