import { createServer, request as httpRequest, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ProxyRule, plainRule } from '../../src/issuance/registry/proxy-rules.ts';
import { createApp, type TestApp } from '../support/app.ts';
import type { World } from '../support/world.ts';

/** An app that may make these calls at these connections. */
export async function createProxyApp(
  world: World,
  rules: Readonly<Record<string, readonly ProxyRule[]>>,
  { handout = true, proxyHeaders = [] }: { handout?: boolean; proxyHeaders?: readonly string[] } = {},
): Promise<TestApp> {
  const app = await createApp(world, { connections: [] });
  const connections = Object.entries(rules).map(([connection, proxy]) => ({
    connection,
    handout,
    proxyHeaders: [...proxyHeaders],
    proxy: proxy.map(plainRule),
  }));
  await world.broker.issuance.apps.update(app.clientId, { connections });
  return app;
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface RawCall {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** Sends a request whose path stays as written; `fetch` would normalise it. */
export function rawCall(issuer: string, path: string, call: RawCall = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(issuer);
  const { method = 'GET', headers = {}, body } = call;
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers: { ...headers } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    request.on('error', reject);
    request.end(body);
  });
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The provider's API by path; each function receives the request. */
export type Api = Readonly<Record<string, (seen: Seen) => ApiReply>>;

export interface ApiReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  /** The chunks of the answer. */
  readonly body?: readonly (string | Buffer)[];
  /** The connection ends in place of an answer. */
  readonly breaksOff?: true;
}

export interface RunningApi {
  readonly url: string;
  readonly host: string;
  readonly seen: Seen[];
  close(): Promise<void>;
}

/** Below `/base`, like an API with a version in its path. */
export async function startApi(api: Api): Promise<RunningApi> {
  const seen: Seen[] = [];
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      // The connection breaks, so no request arrived.
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    const one = { method: String(request.method), url: String(request.url), headers: request.headers, body };
    seen.push(one);
    const name = one.url.split('?')[0] ?? '';
    const reply = api[name]?.(one) ?? { status: 404 };
    if (reply.breaksOff) return void request.socket.destroy();
    response.writeHead(reply.status ?? 200, reply.headers ?? { 'content-type': 'application/json' });
    for (const piece of reply.body ?? []) {
      response.write(piece);
      // Each chunk is a packet of its own.
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://localhost:${port}/base`,
    host: `localhost:${port}`,
    seen,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
