import type { CustomFetch } from 'openid-client';
import { request } from 'undici';
import { seconds } from '../kit/clock.ts';

/**
 * Calls the broker's own endpoints where this process listens, under the public name: the public address may not be
 * reachable from inside. `fetch` would not let the Host header be set.
 */
export function createSelfFetch(issuer: string, selfUrl: () => string): CustomFetch {
  const { host, origin, protocol } = new URL(issuer);

  return async (target, { method, headers, body }) => {
    const { pathname, search, origin: asked } = new URL(target);
    if (asked !== origin) throw new Error('not an address of ours');
    const answer = await request(new URL(pathname + search, selfUrl()), {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: { ...headers, host, 'x-forwarded-host': host, 'x-forwarded-proto': protocol.slice(0, -1) },
      ...(body !== null && body !== undefined && { body: String(body) }),
      headersTimeout: seconds(10),
      bodyTimeout: seconds(10),
    });
    const type = answer.headers['content-type'];
    return new Response(await answer.body.text(), {
      status: answer.statusCode,
      headers: typeof type === 'string' ? { 'content-type': type } : {},
    });
  };
}
