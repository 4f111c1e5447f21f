import type { Secret } from '../../kit/secret.ts';

/** The refresh and the lifetimes of a provider's tokens. */
export interface RefreshTraits {
  /**
   * `refresh_token`: by a refresh token (RFC 6749 section 6). `exchange-live-token`: a valid access token is traded for a
   * newer one, as `exchange` says. `none`: the person has to sign in again.
   */
  readonly how: 'refresh_token' | 'exchange-live-token' | 'none';
  /**
   * The effect of a refresh on the old refresh token. `static`: it stays the same. `overlapping`: there is a new one, and
   * the old one stays valid too. `single-use`: the old one becomes invalid. `reuse-kills-family`: also, its reuse ends the
   * whole grant, with all tokens issued under it (RFC 9700 section 4.14.2).
   */
  readonly rotation: 'static' | 'overlapping' | 'single-use' | 'reuse-kills-family';
  /**
   * A refresh for fewer scopes returns an access token of those scopes alone. The grant and the refresh token do not
   * change (RFC 6749 section 6). Only for providers whose old refresh token stays valid. `by-resource`: the token omits
   * only the scopes of other resources. In both cases the issued scopes are compared with the requested ones.
   */
  readonly narrows?: true | 'by-resource';
  /** The lifetime of an access token in seconds, where the answer states none. Absent: no stated end. */
  readonly accessLifetime?: number;
  /** The lifetime of a refresh token in seconds, where the answer states none. Absent: it is not known. */
  readonly refreshLifetime?: number;
  /** Seconds from consent to the end of the grant. A refresh does not extend it. */
  readonly absoluteCap?: number;
  /** Seconds after the last refresh at which an unused grant is refreshed, so that it does not lapse for inactivity. */
  readonly keepAlive?: number;
  /**
   * Seconds. The token is refreshed when fewer are left, even if the caller accepts a shorter rest, at most once a day.
   */
  readonly ahead?: number;
  /** The refreshes in a minute that the provider allows to a client. The sweep stays below it. Absent: a limit is learnt from refusals. */
  readonly perMinute?: number;
  /**
   * The provider sometimes refuses valid tokens. A refusal without a reason counts only when repeated after a pause.
   */
  readonly doubts?: true;
  /** For `exchange-live-token`: the grant that trades a valid token for one with a longer lifetime. */
  readonly exchange?: LiveTokenGrant & {
    /** The first token is too short-lived and is traded directly after sign-in, by this grant if it differs. */
    readonly atOnce: boolean | LiveTokenGrant;
  };
}

export interface LiveTokenGrant {
  /** The value of `grant_type` at the token endpoint. */
  readonly grantType: string;
  /** Returns the other parameters of the request. */
  readonly parameters: (token: Secret) => Readonly<Record<string, string>>;
}
