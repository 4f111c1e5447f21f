import { createServer } from 'node:http';
import { atEnd } from './at-end.ts';

/** An app's back-channel logout endpoint: a real HTTP server that answers as told and stores the requests. */
export interface LogoutReceiver {
  readonly uri: string;
  readonly received: readonly ReceivedLogout[];
  /** The statuses of the next answers; 200 after that. `hang` gives no answer. */
  answer(...statuses: readonly (number | 'hang')[]): void;
}

export interface ReceivedLogout {
  readonly method: string | undefined;
  readonly contentType: string | undefined;
  readonly form: URLSearchParams;
  readonly token: string;
}

export async function startLogoutReceiver(): Promise<LogoutReceiver> {
  const received: ReceivedLogout[] = [];
  let next: (number | 'hang')[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const { method, headers } = request;
    received.push({
      method,
      contentType: headers['content-type'],
      form,
      token: form.get('logout_token') ?? '',
    });
    const status = next.shift() ?? 200;
    if (status === 'hang') return;
    response.writeHead(status, { 'cache-control': 'no-store', location: `${uri}/elsewhere` }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const uri = `http://127.0.0.1:${address.port}/backchannel_logout`;
  return {
    uri,
    received,
    answer(...statuses) {
      next = [...statuses];
    },
  };
}
