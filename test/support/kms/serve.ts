import { createServer as createPlain, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Asked, StandIn } from './stand-in.ts';

export interface Serving {
  readonly port: number;
  close(): Promise<void>;
}

/** Serves stand-ins on a port of this machine. `of` chooses by the host that a client names. */
export async function serveStandIns(
  of: (host: string) => Pick<StandIn, 'answer'> | undefined,
  tls?: { readonly key: string; readonly cert: string },
): Promise<Serving> {
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    answer(of, request, response).catch((error: unknown) => response.destroy(error as Error));
  };
  const server = tls ? createSecure(tls, listener) : createPlain(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  of: (host: string) => Pick<StandIn, 'answer'> | undefined,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { host = '' } = request.headers;
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : value,
    ]),
  );
  const asked: Asked = {
    method: request.method ?? 'GET',
    host,
    url: request.url ?? '/',
    headers,
    body: Buffer.concat(chunks).toString('utf8'),
  };
  const given = await of(host)?.answer(asked);
  const { status = 404, headers: more = {}, body = {} } = given ?? {};
  response.writeHead(status, { 'content-type': 'application/json', ...more });
  response.end(JSON.stringify(body));
}
