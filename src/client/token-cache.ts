import type { Now } from './clock.ts';

interface Kept<Token> {
  readonly token: Token;
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
export class TokenCache<Token extends { readonly expiresAt: Date | null }> {
  readonly #kept = new Map<string, Kept<Token>>();
  readonly #flights = new Map<string, Promise<Token>>();
  readonly #now: Now;
  readonly #limits: CacheLimits;

  constructor(now: Now, limits: CacheLimits) {
    this.#now = now;
    this.#limits = limits;
  }

  /** Returns a token that lives at least this many seconds more. */
  get(key: string, minTtl: number): Token | undefined {
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

  put(key: string, token: Token): void {
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

  /** Fetches a token once for all concurrent callers of the same flight, and keeps it. */
  async fetch(key: string, flight: string, load: () => Promise<Token>): Promise<Token> {
    const name = `${key} ${flight}`;
    const flying = this.#flights.get(name);
    if (flying) return await flying;
    const started = (async () => {
      const token = await load();
      this.put(key, token);
      return token;
    })().finally(() => this.#flights.delete(name));
    this.#flights.set(name, started);
    return await started;
  }
}
