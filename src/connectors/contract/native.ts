import type { JsonObject } from '../../kit/exact-json.ts';
import type { AccountCall } from './calls.ts';
import type { UpstreamAccount } from './upstream-sign-in.ts';

/** A proof of sign-in that an app got from a provider's SDK. */
export type NativeProof =
  | { readonly kind: 'code'; readonly value: string; readonly verifier?: string | undefined }
  | { readonly kind: 'id_token'; readonly value: string; readonly nonce?: string | undefined }
  | { readonly kind: 'access_token'; readonly value: string };

export type ProofKind = NativeProof['kind'];

/** The proofs that a provider's SDK gives, and how to check them. */
export interface NativeTraits {
  /** The kinds accepted. A code is exchanged like one from a browser sign-in. */
  readonly kinds: readonly ProofKind[];
  /** Issuers of the SDK's ID tokens, beside the registration's own. */
  readonly issuers?: readonly string[];
  /** The algorithms of the SDK's ID tokens. Absent: any with a published key. */
  readonly algorithms?: readonly string[];
  /** Returns the account of a verified ID token, for providers whose browser sign-in brings none. */
  readonly accountFromClaims?: (claims: JsonObject) => UpstreamAccount;
  /** Returns the client id that an access token was issued to, as the provider states it. @throws UpstreamError */
  readonly audienceOf?: (call: Omit<AccountCall, 'callback'>) => Promise<string>;
}
