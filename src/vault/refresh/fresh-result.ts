import type { DeadReason, Step } from '../../connectors/contract/failures.ts';
import type { Secret } from '../../kit/secret.ts';

/** The token, or the reason why there is none. */
export type FreshResult =
  | FreshToken
  | { readonly kind: 'missing' }
  | { readonly kind: 'reauthorization_required'; readonly reason: DeadReason; readonly since: Date }
  /** `retryAfter`: milliseconds. */
  | { readonly kind: 'too_soon'; readonly retryAfter: number }
  | { readonly kind: 'provider_unavailable'; readonly retryAfter: number }
  | { readonly kind: 'provider_error'; readonly step: Step }
  /** No scope of the grant is within the requested scopes. */
  | { readonly kind: 'out_of_scope' }
  /** The provider issues no token that is as narrow as requested. */
  | { readonly kind: 'too_wide' }
  /**
   * The entry does not open: it was changed, or its key is missing. `older row`: this process has seen a newer set, so
   * another hand, or a copy of the database, has put this one back.
   */
  | { readonly kind: 'unreadable'; readonly why?: 'older row' };

export interface FreshToken {
  readonly kind: 'token';
  readonly accessToken: Secret;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly lastUsedAt: Date | null;
  /** The version of the entry. */
  readonly version: number;
  /** Whether the provider was asked first. That takes time, so the caller checks its permission again. */
  readonly waited: boolean;
}
