/**
 * Algorithms that an ID token may be signed with where neither the provider's file nor the connection says it (JWA, RFC 8037): any
 * signature by a key that the provider publishes. Never `none`, and never an HS one, whose key would be the client
 * secret: that is for the connection to say.
 */
export const publishedKeyAlgorithms: readonly string[] = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
];

export function isSymmetric(algorithms: readonly string[] = []): boolean {
  return algorithms.some((algorithm) => algorithm.startsWith('HS'));
}
