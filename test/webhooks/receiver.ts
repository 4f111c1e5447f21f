import { createServer, type IncomingHttpHeaders } from 'node:http';
import { atEnd } from '../support/at-end.ts';

/** A webhook endpoint: a real HTTP server that answers as told and stores the requests. */
export interface Receiver {
  readonly url: string;
  readonly host: string;
  readonly received: readonly Received[];
  /** The ids of the events that it has accepted. */
  accepted(): string[];
  /** Sets the answer from now on. */
  answer(how: (received: Received) => Reply | Promise<Reply>): void;
  forget(): void;
}

export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly id: string;
  readonly type: string;
  readonly user: string | null;
  readonly status: number;
  /** The number of requests in progress when it arrived, itself included. */
  readonly atOnce: number;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  let how: (received: Received) => Reply | Promise<Reply> = () => ({ status: 204 });
  let atOnce = 0;

  const server = createServer(async (request, response) => {
    atOnce += 1;
    let body = '';
    for await (const chunk of request) body += chunk;
    const { type, data } = JSON.parse(body);
    const about = {
      path: request.url ?? '',
      headers: request.headers,
      body,
      id: String(request.headers['webhook-id']),
      type,
      user: data.user,
      status: 0,
      atOnce,
    };
    const reply = await how(about);
    received.push({ ...about, status: reply.status });
    atOnce -= 1;
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;

  return {
    url: `http://${host}/hook`,
    host,
    received,
    accepted: () => received.filter(({ status }) => status < 300).map(({ id }) => id),
    answer(next) {
      how = next;
    },
    forget() {
      received.length = 0;
    },
  };
}
