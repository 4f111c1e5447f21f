import type { ProviderToken } from './provider-token.ts';

/** An access token of the broker, or a function that returns the current one. */
export type AccessToken = string | (() => string | Promise<string>);

export interface Tokens {
  /** Returns the token of a connection by alias, or of one identity by id. @throws SymbolonError */
  token(connection: string, wish?: TokenWish): Promise<ProviderToken>;
  /**
   * Calls the provider's API through the broker, without the provider's token. Returns the provider's answer, whatever
   * its status. @throws SymbolonError for a refusal of the broker
   */
  proxy(connection: string, path: string, init?: RequestInit): Promise<Response>;
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
