import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { CustomFetch, FetchBody } from 'openid-client';
import { seconds } from '../kit/clock.ts';

/** An agent of its own, because NODE_USE_ENV_PROXY routes the global agent through a proxy. */
const agent = new Agent();

/**
 * Returns a fetch function that calls the broker's endpoints at this process with the public host name, because the public
 * address may not be reachable from it. The global `fetch` does not allow a Host header.
 */
export function createSelfFetch(issuer: string, selfUrl: () => string): CustomFetch {
  const { host, origin, protocol } = new URL(issuer);
  const publicHostHeaders = { host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) };

  return async (target, { method, headers, body }) => {
    const { pathname, search, origin: targetOrigin } = new URL(target);
    if (targetOrigin !== origin) throw new Error('not an address of ours');
    const url = new URL(pathname + search, selfUrl());
    const answer = await send(url, { method, headers: { ...headers, ...publicHostHeaders }, body });
    const type = answer.headers['content-type'];
    return new Response(await text(answer), {
      status: answer.statusCode ?? 500,
      headers: type === undefined ? {} : { 'content-type': type },
    });
  };
}

function send(
  url: URL,
  { method, headers, body }: { method: string; headers: Record<string, string>; body: FetchBody },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers, signal: AbortSignal.timeout(seconds(10)) }, resolve);
    sent.on('error', reject);
    sent.end(body === null || body === undefined ? undefined : String(body));
  });
}
