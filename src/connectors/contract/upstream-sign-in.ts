import type { Json } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';

/** The tokens that a provider issued, in one shape for all providers. */
export interface TokenSet {
  /**
   * The time of the request: the lifetimes count from here. Absent for tokens that the broker did not request itself.
   */
  readonly askedAt?: Date;
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Seconds, by the connector's default where the answer states none. Undefined: the provider states no end. */
  readonly expiresIn: number | undefined;
  /** Seconds, as the answer or the access token itself states them. Absent: neither does. */
  readonly statedLifetime?: number | undefined;
  /** Seconds to the end of the refresh token, by the connector's default where the answer states none. */
  readonly refreshExpiresIn: number | undefined;
  /** True where `refreshExpiresIn` comes from the answer and not from the connector's default. */
  readonly statesRefreshEnd?: boolean;
  /** The granted scopes. Undefined: the provider does not name them. */
  readonly scopes: readonly string[] | undefined;
  /** The values that an app needs beside the token, by the connector's `parameters`. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Further members of the token answer. */
  readonly extra: Readonly<Record<string, Json>>;
  /** The unverified claims of an ID token that came with a refresh. */
  readonly idTokenClaims?: Readonly<Record<string, Json>> | undefined;
}

/** A person's account at the provider, from the verified raw profile. Texts are untrusted. */
export interface UpstreamAccount {
  /** The provider's stable id of the account. */
  readonly subject: string;
  /** Other ids of the same account, by the names of `sharedId` and `alternates`. */
  readonly alternates: Readonly<Record<string, string>>;
  readonly name: string | undefined;
  /** A URL. */
  readonly picture: string | undefined;
  readonly email: string | undefined;
  /** True only when the provider's own flag says so. */
  readonly emailVerified: boolean;
  /** The values that an app needs beside the token and that the profile tells, such as the host of the account's API. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** The result of a completed sign-in at a provider. */
export interface UpstreamSignIn {
  /** Undefined: this provider issues none. */
  readonly tokens: TokenSet | undefined;
  readonly account: UpstreamAccount;
  /** The time at which the person signed in at the provider, in epoch seconds, where its ID token states it. */
  readonly authTime?: number | undefined;
  /** The provider's own session, where it names it (OpenID Connect Back-Channel Logout 1.0, `sid`). */
  readonly sid?: string | undefined;
}
