import type { Registration } from '../../connectors/contract/registration.ts';
import type { TokenTransport } from '../../connectors/contract/transport.ts';
import { schemeOf } from '../../connectors/contract/transport.ts';
import type { FreshToken } from '../../vault/refresh/fresh-result.ts';

export interface Dressed {
  readonly url: URL;
  readonly headers: Headers;
}

/**
 * Returns the call with the token placed as this provider expects it. The app's own parameters stay as
 * written.
 */
export function withToken(
  { url, headers }: Dressed,
  { accessToken, parameters }: FreshToken,
  { transport, registration }: { transport: TokenTransport; registration: Registration },
): Dressed {
  const dressed = { url: new URL(url), headers: new Headers(headers) };
  const own = new URLSearchParams(url.search);
  const beside = transport.beside ?? (transport.in === 'query' ? Object.keys(parameters) : []);
  const added = new URLSearchParams();
  for (const name of beside) {
    const value = parameters[name];
    if (value !== undefined && !own.has(name)) added.set(name, value);
  }
  const token = accessToken.reveal();
  if (transport.in === 'query') added.set(transport.name, token);
  else dressed.headers.set(transport.name, [schemeOf(transport), token].filter(Boolean).join(' '));
  for (const [name, value] of Object.entries(transport.headers?.(registration) ?? {}))
    dressed.headers.set(name, value);
  dressed.url.search = [url.search.slice(1), added.toString()].filter(Boolean).join('&');
  return dressed;
}
