import { z } from 'zod';
import type { SenderKeys } from '../../http/bearer.ts';

/** The key that tokens must be bound to: of a DPoP proof (RFC 9449), of a client certificate (RFC 8705), or of either. */
export const tokenBinding = z.enum(['none', 'dpop', 'mtls', 'any']);
export type TokenBinding = z.infer<typeof tokenBinding>;

/** Returns whether tokens that are bound to these keys are bound enough. */
export function isBoundAs(binding: TokenBinding, { jkt, x5t }: SenderKeys): boolean {
  if (binding === 'none') return true;
  if (binding === 'dpop') return jkt !== undefined;
  return x5t !== undefined || (binding === 'any' && jkt !== undefined);
}
