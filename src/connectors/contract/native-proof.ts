/** What an app got from a provider's SDK. */
export type NativeProof =
  | { readonly kind: 'code'; readonly value: string; readonly verifier?: string | undefined }
  | { readonly kind: 'id_token'; readonly value: string; readonly nonce?: string | undefined }
  | { readonly kind: 'access_token'; readonly value: string };

export type ProofKind = NativeProof['kind'];
