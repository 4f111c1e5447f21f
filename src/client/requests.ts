import type { Dpop } from './dpop.ts';
import { type Circumstances, type Problem, SymbolonError } from './problem.ts';
import { refusalOf } from './read-problem.ts';

export interface RequestOptions {
  readonly issuer: string;
  readonly timeout: number;
  readonly fetch?: typeof fetch | undefined;
  readonly dpop?: Dpop | undefined;
}

/** How a request authorizes itself. A token of the type DPoP is bound to the key of the client. */
export interface Authorization {
  readonly token: string;
  readonly isBound: boolean;
}

export interface Requests {
  /** The broker's address without a trailing slash. */
  readonly base: string;
  /** Sends a request to the broker, for as long as its own signal says. @throws SymbolonError when there is no answer */
  send(url: URL, init: RequestInit, authorization?: Authorization): Promise<Response>;
  /** Returns the JSON of an answer with a status of success. @throws SymbolonError */
  json(url: URL, init: RequestInit, authorization?: Authorization): Promise<unknown>;
}

export function unreachable(circumstances: Circumstances): SymbolonError {
  const problem: Problem = { code: 'unreachable' };
  return new SymbolonError(problem, circumstances);
}

export function createRequests({ issuer, timeout, fetch: given, dpop }: RequestOptions): Requests {
  const fetchOf = given ?? fetch;

  async function send(url: URL, init: RequestInit, authorization?: Authorization): Promise<Response> {
    // A redirect would carry the access token elsewhere.
    const redirect = init.redirect ?? 'error';
    const signal = init.signal ?? AbortSignal.timeout(timeout);
    const headers = new Headers(init.headers);
    const { token, isBound = false } = authorization ?? {};
    if (token !== undefined && !isBound) headers.set('authorization', `Bearer ${token}`);
    const whole = { ...init, headers, redirect, signal };
    try {
      if (!dpop || (token !== undefined && !isBound)) return await fetchOf(url, whole);
      return await dpop.fetch(url, whole, { accessToken: token, fetch: fetchOf });
    } catch (cause) {
      throw unreachable({ cause });
    }
  }

  return {
    base: issuer.replace(/\/$/, ''),
    send,
    async json(url, init, authorization) {
      const response = await send(url, init, authorization);
      if (!response.ok) throw await refusalOf(response);
      return await response.json().catch((cause: unknown) => {
        throw unreachable({ cause });
      });
    },
  };
}
