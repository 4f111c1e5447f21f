import type { TokenTransport } from './contract.ts';

/** The word before the token in its header, where one belongs there (RFC 6750 section 2.1). */
export function schemeOf(transport: TokenTransport): string | null {
  if (transport.in !== 'header') return null;
  const usual = transport.name.toLowerCase() === 'authorization' ? 'Bearer' : null;
  return transport.scheme ?? usual;
}
