import type { Registration } from './registration.ts';

/** The place of the token in a request to the provider's API. */
export interface TokenTransport {
  readonly in: 'header' | 'query';
  readonly name: string;
  /** The scheme before the token in a header; null: none. Default: `Bearer` for `Authorization`, none for other headers. */
  readonly scheme?: string | null;
  /** Returns further headers that the API requires on every call, e.g. a version. */
  readonly headers?: (registration: Registration) => Readonly<Record<string, string>>;
  /** The `parameters` that go into every query. Default: all, if the token itself is in the query. */
  readonly beside?: readonly string[];
}

/** Returns the scheme before the token in its header (RFC 6750 section 2.1), or null if there is none. */
export function schemeOf(transport: TokenTransport): string | null {
  if (transport.in !== 'header') return null;
  const usual = transport.name.toLowerCase() === 'authorization' ? 'Bearer' : null;
  return transport.scheme === undefined ? usual : transport.scheme;
}
