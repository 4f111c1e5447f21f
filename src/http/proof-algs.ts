/** The algorithms of DPoP proofs (RFC 9449 section 11.6: asymmetric ones only). */
export const proofAlgs = ['ES256', 'ES384', 'Ed25519', 'EdDSA', 'PS256', 'RS256'] as const;
