import type { Json } from '../kit/exact-json.ts';
import type { Secret } from '../kit/secret.ts';
import type { Classify } from './failures.ts';
import type { Wire } from './wire.ts';

// What a provider is, as data with a few small functions. Generic code branches on these traits, never on a name.

export type Connector = OAuth2Connector | OidcConnector;

export interface Traits {
  /** The id that a connection names, e.g. `github`. */
  readonly provider: string;
  readonly title: { readonly en: string; readonly zh: string };
  /** What makes its subjects unique, together with the connection; an address for OpenID providers. */
  readonly issuer: string;
  readonly endpoints: Endpoints;
  /** Addresses that differ from one operator to the next: each connection must give its own. */
  readonly perConnection?: readonly (keyof Endpoints | 'issuer')[];
  readonly scopes: {
    /** Asked for when the connection names none. */
    readonly default: readonly string[];
    /** Between scopes on the authorize URL. */
    readonly separator: ' ' | ',';
    /** Between scopes in the token answer, where it differs. */
    readonly grantedSeparator?: ' ' | ',';
    /** Names that the token answer uses for scopes asked for by another. */
    readonly synonyms?: Readonly<Record<string, string>>;
  };
  readonly clientAuthentication: 'client_secret_post' | 'client_secret_basic' | 'none';
  readonly pkce: 'required' | 'supported' | 'unsupported';
  /** RFC 9207 section 2.4: its metadata promises `iss` on every callback, so that one without is not its own. */
  readonly statesIssuer?: true;
  readonly refresh: RefreshTraits;
  /** How an app sends the token to the provider's API. */
  readonly transport: { readonly in: 'header' | 'query'; readonly name: string };
  /** Own parameters of the authorize request, beyond RFC 6749's. */
  readonly authorizeParameters?: (ask: AuthorizeAsk) => Readonly<Record<string, string>>;
  /** Last word on the authorize URL: renamed parameters, order, fragment. */
  readonly conformAuthorize?: (url: URL) => URL;
  /** Rewrites the token exchange into what the provider wants, and its answer into RFC 6749's. */
  readonly conform?: Conform;
  /** What an app must know beside the token, e.g. WeChat's `openid`. */
  readonly parameters?: (about: ParametersAsk) => Readonly<Record<string, string>>;
  /** The provider's failures, where they say more than RFC 6749 does; undefined leaves it to the general rule. */
  readonly classify?: Classify;
  /** Ends the grant at the provider. Absent: the provider has no way. */
  readonly revoke?: (call: RevokeCall) => Promise<void>;
}

export interface OAuth2Connector extends Traits {
  readonly family: 'oauth2';
  /** Asks the provider who this token is of. @throws UpstreamError */
  readonly account: (call: AccountCall) => Promise<UpstreamAccount>;
  /** Asks what was granted, where the token answer never says and a person can untick. @throws UpstreamError */
  readonly grantedScopes?: (call: AccountCall) => Promise<readonly string[]>;
}

export interface OidcConnector extends Traits {
  readonly family: 'oidc';
  /** From the verified claims of ID token and userinfo. */
  readonly account: (claims: Readonly<Record<string, Json>>) => UpstreamAccount;
}

export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  /** Where it differs from `token`. */
  readonly refresh?: string;
  readonly userinfo?: string;
  readonly revocation?: string;
  readonly jwks?: string;
  /** Base address of the provider's API. */
  readonly api: string;
}

export interface RefreshTraits {
  readonly how: 'refresh_token' | 'exchange-live-token' | 'none';
  /** What becomes of the old refresh token when a new one is issued. */
  readonly rotation: 'static' | 'overlapping' | 'single-use' | 'reuse-kills-family';
  /** Seconds an access token lives where the answer is silent; absent: no stated end. */
  readonly accessLifetime?: number;
  /** Seconds a refresh token lives where the answer is silent. */
  readonly refreshLifetime?: number;
  /** Seconds after consent at which it ends, whatever is refreshed. */
  readonly absoluteCap?: number;
  /** Seconds after which a grant that nobody uses is refreshed, since it would die of idleness. */
  readonly keepAlive?: number;
  /** Refresh when less than this many seconds are left, even if a caller would be content with less. */
  readonly ahead?: number;
  /** For `exchange-live-token`: the grant that trades a live token for one that lives longer. */
  readonly exchange?: {
    readonly grantType: string;
    readonly parameters: (token: Secret) => Readonly<Record<string, string>>;
    /** Trade at once after sign-in: the first token is too short-lived to be kept. */
    readonly atOnce: boolean;
  };
}

/** What the registration at the provider is: the connector's defaults under the connection's own settings. */
export interface Registration {
  readonly alias: string;
  readonly clientId: string;
  readonly clientSecret: Secret | undefined;
  readonly redirectUri: string;
  readonly scopes: readonly string[];
  readonly endpoints: Endpoints;
  readonly issuer: string;
}

export interface AuthorizeAsk {
  readonly loginHint?: string | undefined;
  /** Have the person sign in again at the provider. */
  readonly forceLogin: boolean;
  /** Ask for consent again, so that a refresh token or further scopes come. */
  readonly forceConsent: boolean;
  readonly locale: 'en' | 'zh';
}

/** What a provider issued, in one shape. */
export interface TokenSet {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Seconds from now; undefined: the provider states no end. */
  readonly expiresIn: number | undefined;
  readonly refreshExpiresIn: number | undefined;
  /** Granted, as far as the provider says so. */
  readonly scopes: readonly string[] | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly extra: Readonly<Record<string, Json>>;
}

/** Who somebody is at the provider, from the verified raw profile. Texts are untrusted. */
export interface UpstreamAccount {
  readonly subject: string;
  readonly alternates: Readonly<Record<string, string>>;
  readonly name: string | undefined;
  readonly picture: string | undefined;
  readonly email: string | undefined;
  /** True only when the provider's own flag says so. */
  readonly emailVerified: boolean;
}

export interface AccountCall {
  readonly tokens: TokenSet;
  readonly registration: Registration;
  readonly wire: Wire;
}

export interface RevokeCall {
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  readonly account: { readonly subject: string };
  readonly registration: Registration;
  readonly wire: Wire;
}

export interface ParametersAsk {
  readonly accessToken: Secret;
  readonly extra: Readonly<Record<string, Json>>;
  readonly registration: Registration;
}

export interface Conform {
  readonly request?: (request: WireRequest, registration: Registration) => WireRequest;
  readonly response?: (answer: WireAnswer) => WireAnswer;
}

export interface WireRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly body: URLSearchParams;
}

export interface WireAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}
