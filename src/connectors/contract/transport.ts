import type { Registration } from './registration.ts';

/** How an app sends the token to the provider's API. */
export interface TokenTransport {
  readonly in: 'header' | 'query';
  readonly name: string;
  /** Before the token in a header; `Bearer` where absent and the header is `Authorization`, nothing in others. */
  readonly scheme?: string;
  /** What the API wants on every call besides, e.g. a version. */
  readonly headers?: (registration: Registration) => Readonly<Record<string, string>>;
  /** Of `parameters`, those that go into every query; all of them where the token itself does. */
  readonly beside?: readonly string[];
}

/** The word before the token in its header, where one belongs there (RFC 6750 section 2.1). */
export function schemeOf(transport: TokenTransport): string | null {
  if (transport.in !== 'header') return null;
  const usual = transport.name.toLowerCase() === 'authorization' ? 'Bearer' : null;
  return transport.scheme ?? usual;
}
