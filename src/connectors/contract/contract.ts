import type { Json } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import type {
  AccountCall,
  AppToken,
  AuthorizeOptions,
  IdentifyCall,
  ParametersCall,
  RevokeCall,
} from './calls.ts';
import type { Conform } from './conform.ts';
import type { Classify } from './failures.ts';
import type { NativeTraits } from './native.ts';
import type { Options, OptionTraits } from './options.ts';
import type { RefreshTraits } from './refresh-traits.ts';
import type { Callback, Endpoints, Registration } from './registration.ts';
import type { ScopeCover } from './scope-cover.ts';
import type { SignalTraits } from './signal.ts';
import type { TokenTransport } from './transport.ts';
import type { UpstreamAccount } from './upstream-sign-in.ts';
import type { JsonObject, Wire } from './wire.ts';

// What a provider is, as data with a few small functions. Generic code branches on these traits, never on a name.

export type Connector = OAuth2Connector | OidcConnector | TokenlessConnector;

export interface Traits {
  /** The id that a connection names, e.g. `github`. */
  readonly provider: string;
  readonly title: { readonly en: string; readonly zh: string };
  /** What makes its subjects unique, together with the connection; an address for OpenID providers. */
  readonly issuer: string;
  /** Where a server of one's own may stand at a connection's addresses: the issuer that follows from them. */
  readonly issuerAt?: (endpoints: Endpoints) => string;
  /** Issuers under which earlier versions of ours kept the people of this provider. */
  readonly formerIssuers?: readonly string[];
  readonly endpoints: Endpoints;
  /** Addresses that differ from one operator to the next: each connection must give its own. */
  readonly perConnection?: readonly (keyof Endpoints | 'issuer')[];
  /** Those of them that a connection leaves out are what its issuer publishes (OpenID Connect Discovery 1.0). */
  readonly discovers?: true;
  /** Name of the alternate by which an operator's other apps at this provider know the same account. */
  readonly sharedId?: string;
  /** Names of further ids that its profiles may tell beside the subject. */
  readonly alternates?: readonly string[];
  /**
   * Names of the ids in the provider's profile, where it has several and another product may have kept one that is not
   * our subject; `none`: our subject is in no profile.
   */
  readonly profileIds?: { readonly subject: string; readonly shared?: string } | 'none';
  /** Settings that a connection may carry beyond those of every connection. */
  readonly options?: OptionTraits;
  /** Traits that follow from the options, e.g. the addresses of a tenant. Endpoints join the others. */
  readonly forOptions?: (options: Options) => Partial<Omit<Traits, 'endpoints'>> & {
    readonly endpoints?: Partial<Endpoints>;
  };
  /** The provider's own app has a browser in which this is the way to sign in. */
  readonly inApp?: {
    readonly userAgent: RegExp;
    /** It works nowhere else. */
    readonly only?: true;
  };
  /** The way a sign-in starts. `redirect` where absent; `code`: only with a code that an app got from an SDK. */
  readonly signInBy?: 'redirect' | 'code';
  /** Proofs of the provider's SDKs that an app may bring; with it goes the option `native_audience`. */
  readonly native?: NativeTraits;
  /** What the provider is known to want of an app's registration, so that a check can tell before anybody signs in. */
  readonly registrationRules?: RegistrationRules;
  /** What the provider tells unasked. */
  readonly signals?: SignalTraits;
  /** How the provider answers, where it is not `code` in the query. */
  readonly callback?: {
    /** What it calls the code. */
    readonly code?: string;
    /** OAuth 2.0 Form Post Response Mode: a cross-site POST. */
    readonly mode?: 'form_post';
    /** The connector takes only what the provider has signed, so that nothing made up reaches the token endpoint. */
    readonly signed?: true;
  };
  readonly scopes: {
    /** Asked for when the connection names none. */
    readonly default: readonly string[];
    /** Between scopes on the authorize URL. */
    readonly separator: ' ' | ',';
    /** Between scopes in the token answer, where it differs. */
    readonly grantedSeparator?: ' ' | ',';
    /** Names that the token answer uses for scopes asked for by another. */
    readonly synonyms?: Readonly<Record<string, string>>;
    /** Which scopes are the same under another name, and which include others. */
    readonly cover?: ScopeCover;
  };
  /**
   * Whether its profiles tell an address: one that its own flag may call verified, or one without a word about that.
   * Absent: none.
   */
  readonly email?: 'vouched' | 'unverified';
  readonly clientAuthentication: 'client_secret_post' | 'client_secret_basic' | 'none';
  /** The client secret is made for each call, e.g. a JWT signed with the key that the connection has as its secret. */
  readonly mintClientSecret?: (registration: Registration, now: Date) => Promise<Secret>;
  /** A token of the app itself that some calls need; kept until shortly before it ends. @throws UpstreamError */
  readonly appToken?: (call: {
    readonly registration: Registration;
    readonly wire: Wire;
  }) => Promise<AppToken>;
  readonly pkce: 'required' | 'supported' | 'unsupported';
  /** Algorithms that it may sign ID tokens with (JWA); any key that it publishes where absent. With an HS one, the client secret is the key. */
  readonly idTokenAlgorithms?: readonly string[];
  /**
   * The issuer that an ID token with these claims must name, where it is not the same for all; undefined when nobody of
   * there may sign in. The claims are not verified yet.
   */
  readonly tokenIssuer?: (claims: JsonObject, registration: Registration) => string | undefined;
  /** RFC 9207 section 2.4: its metadata promises `iss` on every callback, so that one without is not its own. */
  readonly statesIssuer?: true;
  /**
   * Issuers that its callbacks are known to name, beside the issuer of the connection. A connector for plain OAuth 2.0 without it
   * has an issuer of our own choice: there is nothing that the provider would have to name.
   */
  readonly callbackIssuers?: readonly string[];
  /** Domains of the provider beside those of its addresses, under which an issuer may be its own. */
  readonly domains?: readonly string[];
  /** OpenID Connect Core 3.1.2.1: takes `max_age`, and then says in `auth_time` when the person signed in. */
  readonly takesMaxAge?: true;
  readonly refresh: RefreshTraits;
  /** How an app sends the token to the provider's API. */
  readonly transport: TokenTransport;
  /** In paths of its API an encoded slash is a part of a name, and parts nothing. */
  readonly slashInNames?: true;
  /** Own parameters of the authorize request, beyond RFC 6749's. */
  readonly authorizeParameters?: (ask: AuthorizeOptions) => Readonly<Record<string, string>>;
  /** Last word on the authorize URL: renamed parameters, order, fragment. */
  readonly conformAuthorize?: (url: URL, registration: Registration) => URL;
  /** Rewrites the token exchange into what the provider wants, and its answer into RFC 6749's. */
  readonly conform?: Conform;
  /** What an app must know beside the token, e.g. WeChat's `openid`. */
  readonly parameters?: (about: ParametersCall) => Readonly<Record<string, string>>;
  /** The provider's failures, where they say more than RFC 6749 does; undefined leaves it to the general rule. */
  readonly classify?: Classify;
  /** Ends the grant at the provider. Absent: the provider has no way. */
  readonly revoke?: (call: RevokeCall) => Promise<void>;
  /** `revoke` works only while its access token lives, so that a dead one is renewed before the grant counts as gone. */
  readonly revokesBy?: 'live-token';
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
  readonly account: (
    claims: Readonly<Record<string, Json>>,
    callback: Callback,
    registration: Pick<Registration, 'options'>,
  ) => UpstreamAccount;
}

/** Says who somebody is, and issues nothing that an app could use. */
export interface TokenlessConnector extends Traits {
  readonly family: 'tokenless';
  /** @throws UpstreamError */
  readonly identify: (call: IdentifyCall) => Promise<UpstreamAccount>;
}

export interface RegistrationRules {
  readonly clientId?: RegExp;
  readonly clientSecret?: RegExp;
  /** Redirect URIs it takes none of. */
  readonly refusesRedirect?: readonly ('http' | 'localhost' | 'loopback-address')[];
}
