import type { DeadReason, Step } from '../../connectors/contract/failures.ts';
import type { Secret } from '../../kit/secret.ts';

/** What comes of asking for a token: it, or why not. */
export type FreshResult =
  | FreshToken
  | { readonly kind: 'missing' }
  | { readonly kind: 'reauthorization_required'; readonly reason: DeadReason; readonly since: Date }
  /** Milliseconds. */
  | { readonly kind: 'too_soon'; readonly retryAfter: number }
  | { readonly kind: 'provider_unavailable'; readonly retryAfter: number }
  | { readonly kind: 'provider_error'; readonly step: Step }
  /** Nothing is left of the token within the scopes that were wished for. */
  | { readonly kind: 'out_of_scope' }
  /** The provider issues none that is as narrow as was wished for. */
  | { readonly kind: 'too_wide' }
  /** The entry does not open: tampered with, or its key is missing. */
  | { readonly kind: 'unreadable' };

export interface FreshToken {
  readonly kind: 'token';
  readonly accessToken: Secret;
  readonly expiresAt: Date | null;
  readonly scopes: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly lastUsedAt: Date | null;
  /** Of the entry. */
  readonly version: number;
  /** Whether the provider was asked first, which takes its time: what allowed the request may be over since. */
  readonly waited: boolean;
}
