import type { JWTVerifyOptions, JWTVerifyResult } from 'jose';
import type { Json, JsonObject } from '../../kit/exact-json.ts';
import type { OutboundInit } from '../../kit/outbound.ts';
import type { Secret } from '../../kit/secret.ts';
import type { Step } from './failures.ts';
import type { Callback, Registration } from './registration.ts';
import type { TokenSet } from './upstream-sign-in.ts';

// The arguments of a connector's functions.

/** The options of one authorize request. */
export interface AuthorizeOptions {
  readonly loginHint?: string | undefined;
  /** The person must sign in again at the provider. */
  readonly forceLogin: boolean;
  /** The longest time since the person signed in there, in seconds. Also set for providers that do not support it. */
  readonly maxAge?: number | undefined;
  /** The person must consent again, so that a refresh token or further scopes are issued. */
  readonly forceConsent: boolean;
  readonly locale: 'en' | 'zh';
}

/**
 * The HTTP client of a connector's functions, for all calls but those of the token endpoint. Provided by the engine.
 */
export interface ProviderHttp {
  /** Returns the JSON object of an answer. @throws UpstreamError as the connector's `classify` has it */
  json(step: Step, url: URL, init?: ProviderRequest): Promise<JsonObject>;
  /** Returns the JSON of an answer, an array or object. @throws UpstreamError */
  anyJson(step: Step, url: URL, init?: ProviderRequest): Promise<Json>;
  /** Resolves on any 2xx without an error in its body. @throws UpstreamError */
  done(step: Step, url: URL, init: ProviderRequest): Promise<void>;
}

export interface ProviderRequest extends OutboundInit {
  /** Returns the JSON inside the provider's envelope, e.g. after a check of the signature over the exact text. */
  readonly open?: (text: string) => string | Promise<string>;
}

/** The keys with which a provider signs its JWTs. Provided by the engine, which caches them. */
export interface ProviderKeys {
  /** @throws UpstreamError when the key set cannot be fetched, Error for a JWT that is not valid */
  verify(jwt: string, step: Step, rules: JWTVerifyOptions): Promise<JWTVerifyResult>;
}

export interface AccountCall {
  readonly tokens: TokenSet;
  readonly callback: Callback;
  readonly registration: Registration;
  readonly http: ProviderHttp;
  readonly keys: ProviderKeys;
  readonly now: Date;
}

export interface IdentifyCall {
  readonly code: string;
  readonly callback: Callback;
  readonly registration: Registration;
  readonly http: ProviderHttp;
  /** Returns the app's own token. `refused`: the cached one that the provider refused, so that another is requested. */
  readonly appToken: (refused?: Secret) => Promise<Secret>;
  readonly now: Date;
}

export interface RevokeCall {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** The parameters that came with the tokens. */
  readonly parameters: Readonly<Record<string, string>>;
  readonly account: { readonly subject: string };
  readonly registration: Registration;
  readonly http: ProviderHttp;
}

export interface ParametersCall {
  readonly accessToken: Secret;
  readonly extra: Readonly<Record<string, Json>>;
  /** The callback's parameters; empty at a refresh. */
  readonly callback: Callback;
  readonly registration: Registration;
}

export interface AppToken {
  readonly token: Secret;
  /** Seconds from the request. */
  readonly expiresIn: number;
}
