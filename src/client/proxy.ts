import { refusalOf } from './read-problem.ts';
import type { Authorization, Requests } from './requests.ts';

/** The broker's own limit. A download may be slow. */
const longestCall = 300_000;

export interface ProxyCall {
  /** The broker's path of the account: `/v1/me/identities/github`. */
  readonly account: string;
  /** The path of the provider's API, with its query. */
  readonly path: string;
  readonly init: RequestInit;
  readonly headers?: Readonly<Record<string, string>>;
  readonly authorization: Authorization;
}

/**
 * Calls the provider's API through the broker, which adds the token. Returns the provider's answer, whatever its status. A
 * redirect is left to the caller. @throws SymbolonError for a refusal of the broker; TypeError for a path that leads elsewhere
 */
export async function callProxy(requests: Requests, call: ProxyCall): Promise<Response> {
  const { account, path, init, headers = {}, authorization } = call;
  const below = `${requests.base}${account}/proxy`;
  const url = new URL(below + path);
  // The access token must not go to another of the broker's endpoints by a `..` in the path.
  if (!path.startsWith('/') || !url.href.startsWith(`${below}/`))
    throw new TypeError(`${JSON.stringify(path)} is no path of the provider's API`);
  const all = new Headers(init.headers);
  for (const [name, value] of Object.entries(headers)) all.set(name, value);
  const signal = init.signal ?? AbortSignal.timeout(longestCall);
  const sent = { ...init, headers: all, redirect: 'manual', signal } as const;
  const response = await requests.send(url, sent, authorization);
  // The broker names the provider in each answer that is the provider's.
  if (!response.ok && !response.headers.has('symbolon-provider')) throw await refusalOf(response);
  return response;
}
