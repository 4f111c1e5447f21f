import { createHash } from 'node:crypto';

/** The cache keys are hashes, so access tokens are not kept. */
export function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
