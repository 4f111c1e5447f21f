import { type Now, systemNow } from './clock.ts';
import type { Dpop } from './dpop.ts';
import { keyOf } from './key-of.ts';
import { type Credentials, createOnBehalf, type ExchangedToken, type OnBehalf } from './on-behalf.ts';
import { type ProviderToken, readProviderToken } from './provider-token.ts';
import { callProxy } from './proxy.ts';
import { createRequests, unreachable } from './requests.ts';
import { TokenCache } from './token-cache.ts';
import type { AccessToken, Tokens } from './tokens.ts';

export type { Credentials, ExchangedToken, OnBehalf } from './on-behalf.ts';
export { type Problem, SymbolonError } from './problem.ts';
export type { ProviderToken } from './provider-token.ts';
export { providerRequest } from './provider-token.ts';
export type { AccessToken, Tokens, TokenWish } from './tokens.ts';

export interface ClientOptions {
  /** The broker's address, `https://id.example.com`. */
  readonly issuer: string;
  /** Seconds for which a retrieved token is served from the cache, within its lifetime. */
  readonly maxAge?: number;
  readonly maxEntries?: number;
  /** Milliseconds until a request to the broker is aborted. */
  readonly timeout?: number;
  /** The key that your access tokens are bound to (`@symbolon/client/dpop`). */
  readonly dpop?: Dpop;
  /** The credentials of your API, with which it acts on behalf of its callers. */
  readonly credentials?: Credentials;
  readonly fetch?: typeof fetch;
  readonly now?: Now;
}

export interface Client {
  /** Acts for the user of this access token. */
  as(accessToken: AccessToken): Tokens;
  /**
   * Acts for a user who is not present. The access token is a client-credentials token of an app with
   * background access; the reason is audited.
   */
  inBackground(accessToken: AccessToken, about: { readonly user: string; readonly reason: string }): Tokens;
  /** Acts for the person whose app has called your API with this access token. */
  onBehalfOf(accessToken: AccessToken): OnBehalf;
}

/**
 * Creates a client that retrieves provider tokens from the broker, each once for all concurrent callers. It
 * caches tokens and types refusals; it does not sign users in.
 */
export function createClient(options: ClientOptions): Client {
  const { maxAge = 300, maxEntries = 10_000, timeout = 10_000, now = systemNow } = options;
  const { credentials, dpop } = options;
  const requests = createRequests({ ...options, timeout });
  const limits = { maxAge: maxAge * 1000, maxEntries };
  const tokens = new TokenCache<ProviderToken>(now, limits);
  const exchanged = new TokenCache<ExchangedToken>(now, limits);

  function tokensAt(
    path: string,
    accessToken: AccessToken,
    headers: Readonly<Record<string, string>>,
  ): Tokens {
    const isBound = dpop !== undefined;
    const authorize = async () => ({
      token: typeof accessToken === 'string' ? accessToken : await accessToken(),
      isBound,
    });
    const accountAt = (connection: string) => `${path}/${encodeURIComponent(connection)}`;
    return {
      async token(connection, { minTtl = 60, scope = [], force = false } = {}) {
        const authorization = await authorize();
        const scopes = [scope].flat().join(' ');
        const url = new URL(`${requests.base}${accountAt(connection)}/token`);
        // Another access token may belong to another user or have other rights, so it has cache entries of
        // its own.
        const key = keyOf([authorization.token, url.pathname, scopes, headers]);
        const kept = force ? undefined : tokens.get(key, minTtl);
        if (kept) return kept;
        url.searchParams.set('min_ttl', String(minTtl));
        if (scopes) url.searchParams.set('scope', scopes);
        if (force) {
          url.searchParams.set('force', 'true');
          tokens.delete(key);
        }
        return await tokens.fetch(key, url.search, async () => {
          const token = readProviderToken(await requests.json(url, { headers }, authorization), now());
          if (token) return token;
          throw unreachable({ detail: 'it answered no token' });
        });
      },
      async proxy(connection, target, init = {}) {
        const call = { account: accountAt(connection), path: target, init, headers };
        return await callProxy(requests, { ...call, authorization: await authorize() });
      },
    };
  }

  return {
    as: (accessToken) => tokensAt('/v1/me/identities', accessToken, {}),
    inBackground: (accessToken, { user, reason }) =>
      tokensAt(`/v1/users/${encodeURIComponent(user)}/identities`, accessToken, {
        'symbolon-reason': reason,
      }),
    onBehalfOf: (accessToken) =>
      createOnBehalf({ requests, credentials, now, tokens, exchanged }, accessToken),
  };
}
