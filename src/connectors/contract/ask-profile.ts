import type { Secret } from '../../kit/secret.ts';
import type { AccountCall } from './calls.ts';
import type { JsonObject } from './wire.ts';

interface More {
  readonly method?: 'GET' | 'POST';
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The profile, asked for with the token as RFC 6750 section 2.1 has it. @throws UpstreamError */
export async function askProfile(
  { tokens, registration, wire }: AccountCall,
  { method = 'GET', query = {}, headers = {} }: More = {},
): Promise<JsonObject> {
  const url = new URL(registration.endpoints.userinfo ?? registration.endpoints.api);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return await wire.json('profile', url, {
    method,
    headers: { ...bearer(tokens.accessToken), accept: 'application/json', ...headers },
  });
}

export function bearer(token: Secret): { readonly authorization: string } {
  return { authorization: `Bearer ${token.reveal()}` };
}
