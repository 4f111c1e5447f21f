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
  /** Seconds for which a token that was fetched is given out again, as long as it lives. */
  readonly maxAge?: number;
  readonly maxEntries?: number;
  /** Milliseconds that an answer of the broker is waited for. */
  readonly timeout?: number;
  readonly fetch?: typeof fetch;
  readonly now?: Now;
}

/** An access token of the broker's, or where to get the present one. */
export type AccessToken = string | (() => string | Promise<string>);

export interface Client {
  /** For the person whom this access token acts for. */
  as(accessToken: AccessToken): Tokens;
  /**
   * For a person who is not present: with a client-credentials token of an app that may act in the background, and a
   * reason, which is audited.
   */
  inBackground(accessToken: AccessToken, about: { readonly user: string; readonly reason: string }): Tokens;
}

export interface Tokens {
  /** Of a connection by its alias, or of one identity by its id. @throws SymbolonError */
  token(connection: string, wish?: TokenWish): Promise<ProviderToken>;
}

export interface TokenWish {
  /** Seconds it shall live at least; 60 unless told. */
  readonly minTtl?: number;
  /** Scopes of the provider's that it must have. */
  readonly scope?: string | readonly string[];
  /** Past the cache, and refreshed at the provider: after it has refused the one before. Rate limited. */
  readonly force?: boolean;
}

interface Ask {
  readonly url: URL;
  readonly bearer: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Fetches providers' tokens from the broker, each once for all who want it at the same time. */
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
        // Whoever has another access token is somebody else, or may have other rights.
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

/** Access tokens are not kept for the sake of looking things up. */
function keyOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}
