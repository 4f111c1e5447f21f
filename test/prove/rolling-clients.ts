import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import * as undici from 'undici';
import type { Send } from '../chaos/app.ts';

/** The addresses behind the public name, which a name server would answer in turn. */
export interface Addresses {
  readonly issuer: string;
  readonly urls: readonly string[];
}

export interface Client {
  readonly send: Send;
  /** Requests for which an address refused the connection, so that the next address was asked. */
  readonly refused: () => number;
  close(): void;
}

interface Sent {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

interface Wire {
  ask(url: URL, sent: Sent): Promise<Response>;
  close(): void;
}

/**
 * A plain client: it asks the addresses in turn on connections that it keeps, has no health check, and asks the next address
 * only when a connection was refused.
 */
export function createPlainClient(addresses: Addresses, slowly = 0): Client {
  return goRound(addresses, byNode({ keepAlive: true, slowly }), (urls) => urls);
}

/** The same with a connection for each request, as scripts and short-lived functions have it. */
export function createFreshClient(addresses: Addresses): Client {
  return goRound(addresses, byNode({ keepAlive: false, slowly: 0 }), (urls) => urls);
}

/** A client that leaves out the addresses whose `/readyz` is not 200, which it asks each half second. */
export function createCarefulClient(addresses: Addresses): Client {
  const ready = new Set(addresses.urls);
  let over = false;
  const watch = addresses.urls.map(async (url) => {
    while (!over) {
      const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.status === 200) ready.add(url);
      else ready.delete(url);
      await pause(500);
    }
  });
  const client = goRound(addresses, keptByUndici(), (urls) => urls.filter((url) => ready.has(url)));
  return {
    ...client,
    close() {
      over = true;
      void Promise.all(watch);
      client.close();
    },
  };
}

function goRound(
  { issuer, urls }: Addresses,
  wire: Wire,
  choose: (urls: readonly string[]) => readonly string[],
): Client {
  const { origin, host } = new URL(issuer);
  let [turn, refused] = [0, 0];
  return {
    refused: () => refused,
    close: () => wire.close(),
    async send(url, init) {
      if (url.origin !== origin) return await fetch(url, init);
      const given = new Request(url, init);
      const headers = { ...Object.fromEntries(given.headers), host };
      const body = Buffer.from(await given.arrayBuffer());
      turn += 1;
      const order = urls.map((_, index) => urls[(turn + index) % urls.length] ?? '');
      for (const base of choose(order)) {
        try {
          return await wire.ask(new URL(url.pathname + url.search, base), {
            method: given.method,
            headers,
            body,
          });
        } catch (error) {
          if (codeOf(error) !== 'ECONNREFUSED') throw new Error(`${codeOf(error)} of ${base}${url.pathname}`);
          refused += 1;
        }
      }
      throw new Error(`no address answers ${url.pathname}`);
    },
  };
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

/** Node's own client. `slowly`: milliseconds between the two halves of a body. */
function byNode({ keepAlive, slowly }: { readonly keepAlive: boolean; readonly slowly: number }): Wire {
  const agent = new Agent({ keepAlive });
  return {
    close: () => agent.destroy(),
    ask: (url, { method, headers, body }) =>
      new Promise((resolve, reject) => {
        const length = body.length > 0 ? { 'content-length': String(body.length) } : {};
        const outgoing = request(url, { agent, method, headers: { ...headers, ...length } });
        outgoing.on('error', reject);
        outgoing.on('response', (answer) => void responseOf(answer).then(resolve, reject));
        const half = slowly === 0 ? 0 : Math.floor(body.length / 2);
        if (half === 0) return void outgoing.end(body);
        outgoing.write(body.subarray(0, half));
        setTimeout(() => outgoing.end(body.subarray(half)), slowly);
      }),
  };
}

async function responseOf(answer: IncomingMessage): Promise<Response> {
  const headers = new Headers();
  for (const [name, values = []] of Object.entries(answer.headersDistinct))
    for (const value of values) headers.append(name, value);
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part);
  const { statusCode: status = 0 } = answer;
  return new Response([204, 304].includes(status) ? null : Buffer.concat(parts), { status, headers });
}

function keptByUndici(): Wire {
  const agent = new undici.Agent();
  return {
    close: () => void agent.destroy(),
    async ask(url, { method, headers, body }) {
      const answer = await undici.request(url, {
        dispatcher: agent,
        method: method as undici.Dispatcher.HttpMethod,
        headers,
        ...(body.length > 0 && { body }),
      });
      const found = new Headers();
      for (const [name, value] of Object.entries(answer.headers))
        for (const one of [value].flat()) if (one !== undefined) found.append(name, one);
      const text = Buffer.from(await answer.body.arrayBuffer());
      return new Response([204, 304].includes(answer.statusCode) ? null : text, {
        status: answer.statusCode,
        headers: found,
      });
    },
  };
}
