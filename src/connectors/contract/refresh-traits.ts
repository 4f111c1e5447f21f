import type { Secret } from '../../kit/secret.ts';

/** How a provider's tokens are kept alive, and how they end. */
export interface RefreshTraits {
  readonly how: 'refresh_token' | 'exchange-live-token' | 'none';
  /** What becomes of the old refresh token when a new one is issued. */
  readonly rotation: 'static' | 'overlapping' | 'single-use' | 'reuse-kills-family';
  /**
   * A refresh that names fewer scopes answers an access token of those alone, and leaves the grant and the refresh
   * token as they were (RFC 6749 section 6). Only where the old refresh token goes on. `by-resource`: the token leaves
   * out the scopes of another resource only. In either case the scopes that come are compared with those asked for.
   */
  readonly narrows?: true | 'by-resource';
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
  /** It is known to refuse living tokens at times: a refusal without a reason counts once it comes again after a pause. */
  readonly doubts?: true;
  /** For `exchange-live-token`: the grant that trades a live token for one that lives longer. */
  readonly exchange?: LiveTokenGrant & {
    /** Trade at once after sign-in, perhaps by a grant of its own: the first token is too short-lived to be kept. */
    readonly atOnce: boolean | LiveTokenGrant;
  };
}

export interface LiveTokenGrant {
  readonly grantType: string;
  readonly parameters: (token: Secret) => Readonly<Record<string, string>>;
}
