import type { Now } from './clock.ts';
import type { ProviderToken } from './provider-token.ts';

interface Kept {
  readonly token: ProviderToken;
  readonly at: number;
}

export interface CacheLimits {
  /**
   * Milliseconds after which the broker is asked again, although the token still lives: it may have been
   * revoked.
   */
  readonly maxAge: number;
  readonly maxEntries: number;
}

/** Cached tokens, oldest first. */
export class TokenCache {
  readonly #kept = new Map<string, Kept>();
  readonly #now: Now;
  readonly #limits: CacheLimits;

  constructor(now: Now, limits: CacheLimits) {
    this.#now = now;
    this.#limits = limits;
  }

  /** Returns a token that lives at least this many seconds more. */
  get(key: string, minTtl: number): ProviderToken | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    const now = this.#now();
    const { expiresAt } = kept.token;
    const stale = now - kept.at >= this.#limits.maxAge || now < kept.at;
    const ended = expiresAt !== null && expiresAt.getTime() <= now;
    if (stale || ended) this.#kept.delete(key);
    const lives = expiresAt === null || expiresAt.getTime() - now >= minTtl * 1000;
    return stale || ended || !lives ? undefined : kept.token;
  }

  put(key: string, token: ProviderToken): void {
    this.#kept.delete(key);
    this.#kept.set(key, { token, at: this.#now() });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.#limits.maxEntries) break;
      this.#kept.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#kept.delete(key);
  }
}
