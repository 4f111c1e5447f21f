import type { JsonObject } from '../../kit/exact-json.ts';
import type { Secret } from '../../kit/secret.ts';
import type { AccountCall } from './calls.ts';
import { UpstreamError } from './failures.ts';

interface RequestOptions {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Returns the profile from `userinfo`, with the token in the header (RFC 6750 section 2.1). @throws UpstreamError */
export async function fetchProfile(
  { tokens, registration, http }: AccountCall,
  { method = 'GET', query = {}, headers = {} }: RequestOptions = {},
): Promise<JsonObject> {
  const url = new URL(registration.endpoints.userinfo ?? registration.endpoints.api);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return await http.json('profile', url, {
    method,
    headers: { ...bearer(tokens.accessToken), accept: 'application/json', ...headers },
  });
}

export function bearer(token: Secret): { readonly authorization: string } {
  return { authorization: `Bearer ${token.reveal()}` };
}

/** Characters. Servers refuse request heads of more than 8 or 16 KiB (RFC 6585 section 5: 431), some by hanging up. */
const longForAHeader = 7_000;

/** Sends the token in a header. If that fails and the token is very long, sends it in a form (RFC 6750 section 2.2). */
export async function inHeaderOrForm<T>(
  token: string,
  inHeader: () => Promise<T>,
  inForm: (form: URLSearchParams) => Promise<T>,
): Promise<T> {
  try {
    return await inHeader();
  } catch (error) {
    if (token.length < longForAHeader || !(error instanceof UpstreamError)) throw error;
    return await inForm(new URLSearchParams({ access_token: token }));
  }
}
