import type { Json } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';

// What a provider gives when somebody has come back from it.

/** What a provider issued, in one shape. */
export interface TokenSet {
  /** When the provider was asked for it: its lifetimes count from here. Absent: it was not we who asked. */
  readonly askedAt?: Date;
  readonly accessToken: Secret;
  readonly refreshToken: Secret | undefined;
  /** Seconds, guessed where nothing states them; undefined: the provider states no end. */
  readonly expiresIn: number | undefined;
  /** Seconds, as the answer or the access token itself says; absent: neither does. */
  readonly statedLifetime?: number | undefined;
  readonly refreshExpiresIn: number | undefined;
  /** It is the answer's own word, not what is generally known of the provider. */
  readonly statesRefreshEnd?: boolean;
  /** Granted, as far as the provider says so. */
  readonly scopes: readonly string[] | undefined;
  readonly parameters: Readonly<Record<string, string>>;
  /** Further members of the answer. */
  readonly extra: Readonly<Record<string, Json>>;
  /** Of an ID token that came with a refresh, unverified. */
  readonly idTokenClaims?: Readonly<Record<string, Json>> | undefined;
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

export interface Arrived {
  /** Undefined: this provider issues none. */
  readonly tokens: TokenSet | undefined;
  readonly account: UpstreamAccount;
  /** When the person signed in at the provider, in epoch seconds, where its ID token says so. */
  readonly authTime?: number | undefined;
  /** The provider's own session, where it names it (OpenID Connect Back-Channel Logout 1.0, `sid`). */
  readonly sid?: string | undefined;
}
