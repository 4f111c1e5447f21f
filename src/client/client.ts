import { createHash } from 'node:crypto';
import { type Now, systemNow } from './clock.ts';
import { SymbolonError } from './problem.ts';
import { type ProviderToken, readProviderToken } from './provider-token.ts';
import { refusalOf } from './read-problem.ts';
import { TokenCache } from './token-cache.ts';

export { type Problem, SymbolonError } from './problem.ts';
export type { ProviderToken } from './provider-token.ts';
export { providerRequest } from './provider-token.ts';

export interface ClientOptions {
  /** The broker's address, `https://id.example.com`. */
  readonly issuer: string;
  /** Seconds for which a retrieved token is served from the cache, within its lifetime. */
  readonly maxAge?: number;
  readonly maxEntries?: number;
  /** Milliseconds until a request to the broker is aborted. */
  readonly timeout?: number;
  readonly fetch?: typeof fetch;
  readonly now?: Now;
}

/** An access token of the broker, or a function that returns the current one. */
export type AccessToken = string | (() => string | Promise<string>);

export interface Client {
  /** Acts for the user of this access token. */
  as(accessToken: AccessToken): Tokens;
  /**
   * Acts for a user who is not present. The access token is a client-credentials token of an app with
   * background access; the reason is audited.
   */
  inBackground(accessToken: AccessToken, about: { readonly user: string; readonly reason: string }): Tokens;
}

export interface Tokens {
  /** Returns the token of a connection by alias, or of one identity by id. @throws SymbolonError */
  token(connection: string, wish?: TokenWish): Promise<ProviderToken>;
}

export interface TokenWish {
  /** Seconds that the token must live at least; 60 by default. */
  readonly minTtl?: number;
  /** Scopes of the provider that the token must have. */
  readonly scope?: string | readonly string[];
  /**
   * Bypasses the cache and refreshes at the provider, for when the provider refused the token. Rate limited.
   */
  readonly force?: boolean;
}

interface Ask {
  readonly url: URL;
  readonly bearer: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Creates a client that retrieves provider tokens from the broker, each once for all concurrent callers. It
 * caches
 * tokens and types refusals; it does not sign users in.
 */
export function createClient(options: ClientOptions): Client {
  const { issuer, maxAge = 300, maxEntries = 10_000, timeout = 10_000, now = systemNow } = options;
  const send = options.fetch ?? fetch;
  const base = issuer.replace(/\/$/, '');
  const cache = new TokenCache(now, { maxAge: maxAge * 1000, maxEntries });
  const flights = new Map<string, Promise<ProviderToken>>();

  async function ask({ url, bearer, headers }: Ask): Promise<ProviderToken> {
    let response: Response;
    let answer: unknown;
    try {
      // A redirect would carry the access token elsewhere.
      const init = { headers: { ...headers, authorization: `Bearer ${bearer}` }, redirect: 'error' } as const;
      response = await send(url, { ...init, signal: AbortSignal.timeout(timeout) });
      answer = response.ok ? await response.json() : undefined;
    } catch (cause) {
      throw new SymbolonError({ code: 'unreachable' }, { cause });
    }
    if (!response.ok) throw await refusalOf(response);
    const token = readProviderToken(answer, now());
    if (token) return token;
    throw new SymbolonError(
      { code: 'unreachable' },
      { status: response.status, detail: 'it answered no token' },
    );
  }

  function once(key: string, fly: () => Promise<ProviderToken>): Promise<ProviderToken> {
    const flying = flights.get(key);
    if (flying) return flying;
    const flight = fly().finally(() => flights.delete(key));
    flights.set(key, flight);
    return flight;
  }

  function tokensAt(path: string, accessToken: AccessToken, headers: Ask['headers']): Tokens {
    return {
      async token(connection, { minTtl = 60, scope = [], force = false } = {}) {
        const bearer = typeof accessToken === 'string' ? accessToken : await accessToken();
        const scopes = [scope].flat().join(' ');
        const url = new URL(`${base}${path}/${encodeURIComponent(connection)}/token`);
        // Another access token may belong to another user or have other rights, so it has cache entries of
        // its own.
        const key = keyOf([bearer, url.pathname, scopes, headers]);
        const kept = force ? undefined : cache.get(key, minTtl);
        if (kept) return kept;
        url.searchParams.set('min_ttl', String(minTtl));
        if (scopes) url.searchParams.set('scope', scopes);
        if (force) {
          url.searchParams.set('force', 'true');
          cache.delete(key);
        }
        return await once(`${key} ${url.search}`, async () => {
          const token = await ask({ url, bearer, headers });
          cache.put(key, token);
          return token;
        });
      },
    };
  }

  return {
    as: (accessToken) => tokensAt('/v1/me/identities', accessToken, {}),
    inBackground: (accessToken, { user, reason }) =>
      tokensAt(`/v1/users/${encodeURIComponent(user)}/identities`, accessToken, {
        'symbolon-reason': reason,
      }),
  };
}

/** The cache keys are hashes, so access tokens are not kept. */
function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
