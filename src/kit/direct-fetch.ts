import { Agent, fetch } from 'undici';

export interface DirectInit {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | URLSearchParams;
  readonly redirect?: 'error' | 'manual' | 'follow';
  readonly signal?: AbortSignal;
}

const agent = new Agent();

/** `fetch` without the proxy that NODE_USE_ENV_PROXY sets: for calls to servers that this process started itself. */
export async function directFetch(url: string | URL, init: DirectInit = {}): Promise<Response> {
  const answer = await fetch(url, { ...init, dispatcher: agent });
  const { status, headers } = answer;
  // The answers are small, and these statuses have no body.
  const body = [204, 205, 304].includes(status) ? null : await answer.arrayBuffer();
  return new Response(body, { status, headers: [...headers] });
}
