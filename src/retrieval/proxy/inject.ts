import type { Registration } from '../../connectors/contract/registration.ts';
import type { TokenTransport } from '../../connectors/contract/transport.ts';
import { schemeOf } from '../../connectors/contract/transport.ts';
import type { FreshToken } from '../../vault/refresh/fresh-result.ts';

export interface ProviderCall {
  readonly url: URL;
  readonly headers: Headers;
}

/**
 * Returns the call with the token placed as this provider expects it, in a header or in the query. Some providers also
 * require parameters of the token set in each query, such as `openid`. The app's own parameters stay as written.
 */
export function withToken(
  { url, headers }: ProviderCall,
  { accessToken, parameters }: FreshToken,
  { transport, registration }: { transport: TokenTransport; registration: Registration },
): ProviderCall {
  const call = { url: new URL(url), headers: new Headers(headers) };
  const appParameters = new URLSearchParams(url.search);
  const besideToken = transport.beside ?? (transport.in === 'query' ? Object.keys(parameters) : []);
  const added = new URLSearchParams();
  for (const name of besideToken) {
    const value = parameters[name];
    if (value !== undefined && !appParameters.has(name)) added.set(name, value);
  }
  const token = accessToken.reveal();
  if (transport.in === 'query') added.set(transport.name, token);
  else call.headers.set(transport.name, [schemeOf(transport), token].filter(Boolean).join(' '));
  for (const [name, value] of Object.entries(transport.headers?.(registration) ?? {}))
    call.headers.set(name, value);
  call.url.search = [url.search.slice(1), added.toString()].filter(Boolean).join('&');
  return call;
}
