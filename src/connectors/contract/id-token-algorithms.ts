/**
 * The default algorithms for ID tokens (JWA, RFC 8037): all signatures by a published key. `none` is never allowed. HS
 * algorithms, whose key is the client secret, are allowed only if the connector or the connection names them.
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
