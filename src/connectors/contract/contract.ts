import type { Json, JsonObject } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import type {
  AccountCall,
  AppToken,
  AuthorizeOptions,
  IdentifyCall,
  ParametersCall,
  ProviderHttp,
  RevokeCall,
} from './calls.ts';
import type { ExpiredTokenSigns } from './expired-token.ts';
import type { ExportedIdTraits } from './exported-ids.ts';
import type { Classify } from './failures.ts';
import type { ManageAccess } from './manage-access.ts';
import type { NameTraits } from './name-traits.ts';
import type { NativeTraits } from './native.ts';
import type { Options, OptionTraits } from './options.ts';
import type { ProfileIds } from './profile-ids.ts';
import type { RefreshTraits } from './refresh-traits.ts';
import type { Callback, Endpoints, Registration } from './registration.ts';
import type { Rewrite } from './rewrite.ts';
import type { ScopeCover } from './scope-cover.ts';
import type { ScopeWords } from './scope-words.ts';
import type { SignalTraits } from './signal.ts';
import type { SurfaceTraits } from './surface.ts';
import type { TokenTransport } from './transport.ts';
import type { UpstreamAccount } from './upstream-sign-in.ts';

/**
 * The contract declares what a connector is: data and a few small functions for one provider. A provider's file imports
 * this folder and `kit` only. It must not import the engine, read settings, store anything, or fetch except by the `ProviderHttp`
 * of its call. Code elsewhere branches on the traits and never on a provider's name. The engine runs a connector; the
 * registry lists all of them.
 */
export type Connector = OAuth2Connector | OidcConnector | TokenlessConnector;

export interface Traits extends NameTraits {
  /** The id that a connection names, e.g. `github`. */
  readonly provider: string;
  /** The authority within which a subject is unique, together with the connection. An address for OpenID providers. */
  readonly issuer: string;
  /** Returns the issuer for a connection's own addresses, for providers that can be self-hosted. */
  readonly issuerAt?: (endpoints: Endpoints) => string;
  /** The issuers under which earlier versions of the broker stored identities of this provider. */
  readonly formerIssuers?: readonly string[];
  readonly endpoints: Endpoints;
  /**
   * Origins of this provider alone, under earlier and later names. A stored token may go from one to another, so that a
   * new version of the broker can move a default address.
   */
  readonly sameProviderOrigins?: readonly string[];
  /** The addresses that each connection must give, because they differ between operators. */
  readonly perConnection?: readonly (keyof Endpoints | 'issuer')[];
  /** Addresses that a connection omits are read from its issuer's metadata (OpenID Connect Discovery 1.0). */
  readonly discovers?: true;
  /**
   * The name, among `alternates` of the account, of the id that is the same for all apps of one developer account at this
   * provider. A sign-in finds the person by it too, if another connection of the same family knows them.
   */
  readonly sharedId?: string;
  /** The shared id of each account is its subject. */
  readonly sharedIdIsSubject?: true;
  /**
   * The names of further ids that `account` may return beside the subject and the shared id, by convention
   * `provider:member`. They are stored for information and identify no person.
   */
  readonly alternates?: readonly string[];
  /**
   * The names of the ids in the provider's profile, where it has several and another product may have stored one that is
   * not the subject here. `none`: the subject is in no profile.
   */
  readonly profileIds?: ProfileIds | 'none';
  /** The subjects of accounts that other products export, where those products keep another id of the account. */
  readonly exportedIds?: ExportedIdTraits;
  /** The settings that a connection of this provider has beyond those of every connection. */
  readonly options?: OptionTraits;
  /** Returns the traits that depend on the options, e.g. the addresses of a tenant. Endpoints are merged by name. */
  readonly forOptions?: (options: Options) => Partial<Omit<Traits, 'endpoints'>> & {
    readonly endpoints?: Partial<Endpoints>;
  };
  /** The provider's own app has a browser in which this connector is preferred. */
  readonly inApp?: {
    /** Matches the user agent of that browser. */
    readonly userAgent: RegExp;
    /** The connector works in that browser only. */
    readonly only?: true;
  };
  /** The browsers in which the provider's page does not work. Absent: it works in all. */
  readonly worksNotIn?: SurfaceTraits;
  /** Pages show no button for the connection, since it serves an app's SDK. A request can still name it. */
  readonly onlyByName?: true;
  /** Most of its people live in mainland China, so pages in Chinese show it before others. */
  readonly homeMarket?: 'china';
  /** The way a sign-in starts. `redirect` where absent; `code`: only with a code that an app got from an SDK. */
  readonly signInBy?: 'redirect' | 'code';
  /** The proofs of the provider's SDKs that an app may send. Requires the option `native_audience`. */
  readonly native?: NativeTraits;
  /** The known rules for an app's registration, which `connections check` tests before the first sign-in. */
  readonly registrationRules?: RegistrationRules;
  /** The messages that the provider sends on its own, e.g. revocations. */
  readonly signals?: SignalTraits;
  /** The form of the callback, where it differs from `code` in the query. */
  readonly callback?: {
    /** The parameter that holds the code. */
    readonly code?: string;
    /** OAuth 2.0 Form Post Response Mode: a cross-site POST. */
    readonly mode?: 'form_post';
    /** The connector accepts signed callbacks only, so an invented code never reaches the token endpoint. */
    readonly signed?: true;
  };
  readonly scopes: {
    /** The scopes requested when the connection names none. */
    readonly default: readonly string[];
    /** The separator on the authorize URL. */
    readonly separator: ' ' | ',';
    /** The separator in the token answer, where it differs. */
    readonly grantedSeparator?: ' ' | ',';
    /** The token answer's names for scopes that are requested by another name. */
    readonly synonyms?: Readonly<Record<string, string>>;
    /** The scopes that are equal under another name, and those that include others. */
    readonly cover?: ScopeCover;
  };
  /** What scopes allow, in words for people. Those of OpenID Connect have words for all providers. */
  readonly scopeWords?: ScopeWords;
  /** The place at the provider where a person ends the access of an app, where the provider documents it. */
  readonly manageAccess?: ManageAccess;
  /**
   * The e-mail address in the profile. `vouched`: with a flag of the provider for its verification. `unverified`: without
   * one, so that it never counts as verified. Absent: the profile has no address.
   */
  readonly email?: 'vouched' | 'unverified';
  /** The client authentication at the token endpoint (OpenID Connect Core section 9, RFC 6749 section 2.3.1). */
  readonly clientAuthentication: 'client_secret_post' | 'client_secret_basic' | 'none';
  /** Returns a client secret for one call, e.g. a JWT signed with the key that the connection has as its secret. */
  readonly mintClientSecret?: (registration: Registration, now: Date) => Promise<Secret>;
  /**
   * Requests the app's own token (no person's), which some calls need. The engine caches it until shortly before it ends. @throws
   * UpstreamError
   */
  readonly appToken?: (call: {
    readonly registration: Registration;
    readonly http: ProviderHttp;
  }) => Promise<AppToken>;
  /** RFC 7636. `unsupported`: no challenge is sent, as the provider would refuse it. */
  readonly pkce: 'required' | 'supported' | 'unsupported';
  /**
   * The algorithms allowed for ID tokens (JWA). Absent: any with a published key. With HS256 the client secret is the
   * key.
   */
  readonly idTokenAlgorithms?: readonly string[];
  /**
   * Returns the issuer that an ID token with these claims must name, where it depends on the person's tenant. Returns
   * undefined if that tenant may not sign in. The claims are not verified yet.
   */
  readonly tokenIssuer?: (claims: JsonObject, registration: Registration) => string | undefined;
  /**
   * The provider's metadata promises `iss` on every callback, so a callback without it is refused (RFC 9207 section
   * 2.4).
   */
  readonly statesIssuer?: true;
  /**
   * The issuers that callbacks are known to name beside the connection's. A plain OAuth 2.0 connector without this trait
   * has an issuer that the broker chose, so no callback has to name it.
   */
  readonly callbackIssuers?: readonly string[];
  /** The provider's domains beside those of its addresses. An issuer under one of them is accepted. */
  readonly domains?: readonly string[];
  /** The provider supports `max_age` and then states `auth_time` (OpenID Connect Core 3.1.2.1). */
  readonly takesMaxAge?: true;
  readonly refresh: RefreshTraits;
  /** How an app sends the token to the provider's API. */
  readonly transport: TokenTransport;
  /** In paths of the provider's API an encoded slash is part of a name. */
  readonly slashInNames?: true;
  /**
   * Request headers of the provider's API that an app may send through the proxy, in lower case, beside those of every
   * API. A header that names another account or another credential is none of them.
   */
  readonly apiHeaders?: readonly string[];
  /** Returns the parameters of the authorize request beyond those of RFC 6749. */
  readonly authorizeParameters?: (ask: AuthorizeOptions) => Readonly<Record<string, string>>;
  /** Returns the final authorize URL, for providers with other names of parameters, an order or a fragment. */
  readonly rewriteAuthorizeUrl?: (url: URL, registration: Registration) => URL;
  /** Rewrites requests to the token endpoint as the provider wants them, and its answers into those of RFC 6749. */
  readonly rewrite?: Rewrite;
  /** Returns the values that an app needs beside the token, e.g. WeChat's `openid`. */
  readonly parameters?: (about: ParametersCall) => Readonly<Record<string, string>>;
  /** Classifies a failure by the provider's own codes. Undefined leaves it to the general rule. */
  readonly classify?: Classify;
  /** The signs of an expired access token in answers of the API, where the general rule does not know them. */
  readonly expiredToken?: ExpiredTokenSigns;
  /** Ends the grant at the provider. Absent: the provider has no such call. */
  readonly revoke?: (call: RevokeCall) => Promise<void>;
  /** `revoke` needs a valid access token, so an expired one is refreshed before the grant counts as ended. */
  readonly revokesBy?: 'live-token';
}

export interface OAuth2Connector extends Traits {
  readonly family: 'oauth2';
  /** Fetches the account of this token. @throws UpstreamError */
  readonly account: (call: AccountCall) => Promise<UpstreamAccount>;
  /** Returns whether the account stands in the token answer alone, so that a stored token tells none. */
  readonly accountIsInAnswer?: (registration: Pick<Registration, 'endpoints'>) => boolean;
  /**
   * Fetches the granted scopes, for providers whose token answer omits them although a person can decline some. @throws
   * UpstreamError
   */
  readonly grantedScopes?: (call: AccountCall) => Promise<readonly string[]>;
  /**
   * Fetches the scopes of an access token whose token answer the broker has not seen, as an import brings it. @throws
   * UpstreamError
   */
  readonly scopesOfToken?: ((call: AccountCall) => Promise<readonly string[]>) | undefined;
}

export interface OidcConnector extends Traits {
  readonly family: 'oidc';
  /** Returns the account in the verified claims of ID token and userinfo. */
  readonly account: (
    claims: Readonly<Record<string, Json>>,
    callback: Callback,
    registration: Pick<Registration, 'options'>,
  ) => UpstreamAccount;
}

/** A provider that identifies people and issues no tokens. */
export interface TokenlessConnector extends Traits {
  readonly family: 'tokenless';
  /** Fetches the account for a code. @throws UpstreamError */
  readonly identify: (call: IdentifyCall) => Promise<UpstreamAccount>;
}

/** The known form of an app's registration. A value that does not match is reported, and not refused. */
export interface RegistrationRules {
  readonly clientId?: RegExp;
  readonly clientSecret?: RegExp;
  /** The kinds of redirect URI that the provider refuses. */
  readonly refusesRedirect?: readonly ('http' | 'localhost' | 'loopback-address')[];
}
