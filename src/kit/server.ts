import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as PortServer, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { seconds } from './clock.ts';

export interface Listener {
  readonly port: number;
  /** Where this process reaches itself. */
  readonly url: string;
  /** Closes the port and lets requests under way finish; their connections are told `Connection: close`. */
  close(closing?: Closing): Promise<void>;
}

export interface Closing {
  /** Milliseconds until requests that are still not answered are cut off; 30 s unless told. */
  readonly patience?: number;
  /**
   * Milliseconds that a connection without a request is still served: the next request may be on its way, and a
   * connection closed under it is a reset. 0 unless told: those are closed at once.
   */
  readonly linger?: number;
}

/** For how long Node promises a client, by `Keep-Alive: timeout=5`, that a connection stays open. */
export const keepAlive = seconds(5);

/** Port 0: any free one. @throws when the port is taken. */
export async function listen(handler: RequestListener, port: number, host: string): Promise<Listener> {
  const server = createServer({ keepAliveTimeout: keepAlive }, handler);
  const traffic = watch(server);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port: actual, address } = server.address() as AddressInfo;
  return {
    port: actual,
    url: `http://${reachable(address)}:${actual}`,
    async close({ patience = seconds(30), linger = 0 } = {}) {
      // Connections that the system has taken for us and that are not accepted yet would be reset with the port.
      await turn();
      // Node's own `close` of an HTTP server closes idle connections too, whatever is on its way on them.
      const closed = new Promise((resolve) => PortServer.prototype.close.call(server, resolve));
      traffic.end(linger > 0);
      const late = setTimeout(() => server.closeAllConnections(), patience);
      const idle = setTimeout(traffic.closeIdle, linger);
      await closed;
      clearTimeout(late);
      clearTimeout(idle);
    },
  };
}

function reachable(address: string): string {
  if (['0.0.0.0', '::'].includes(address)) return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

interface Visit {
  readonly unanswered: Set<ServerResponse>;
  /** Bytes of requests that are answered. */
  answered: number;
}

/** Which connections have a request under way. Node's `closeIdleConnections` leaves those that never had one. */
function watch(server: Server) {
  const visits = new Map<Socket, Visit>();
  let ending = false;
  let lingering = false;
  server.on('connection', (socket: Socket) => {
    visits.set(socket, { unanswered: new Set(), answered: 0 });
    socket.once('close', () => visits.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    if (ending) response.shouldKeepAlive = false;
    const visit = visits.get(socket);
    visit?.unanswered.add(response);
    response.once('close', () => {
      if (!visit) return;
      visit.unanswered.delete(response);
      visit.answered = socket.bytesRead;
      // A promise in a head that is sent already is kept by Node's timer, or not at all.
      if (ending && !lingering && visit.unanswered.size === 0) socket.destroySoon();
    });
  });
  return {
    /** Each answer from now on is the last on its connection. */
    end(linger: boolean) {
      ending = true;
      lingering = linger;
      for (const { unanswered } of visits.values())
        for (const response of unanswered) response.shouldKeepAlive = false;
    },
    closeIdle() {
      for (const [socket, { unanswered, answered }] of visits)
        if (unanswered.size === 0 && socket.bytesRead === answered) socket.destroy();
    },
  };
}
