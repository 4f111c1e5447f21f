import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as PortServer, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { monotonic, seconds } from './clock.ts';

export interface Listener {
  readonly port: number;
  /** The address at which this process reaches itself. */
  readonly url: string;
  /** Closes the port and lets running requests finish, each with `Connection: close`. */
  close(closing?: Closing): Promise<void>;
}

export interface Closing {
  /** Milliseconds until unanswered requests are aborted; default 30 s. */
  readonly patience?: number;
  /**
   * Milliseconds for which an idle connection stays open: closing it while the next request is on its way would reset
   * that request. Default 0: idle connections are closed at once.
   */
  readonly linger?: number;
}

/** The time for which Node promises an idle connection, by `Keep-Alive: timeout=5`. */
export const keepAlive = seconds(5);
/** The time by which the server keeps the promise for longer, since a request may have left at its end. Node's own default. */
export const keepAliveMargin = seconds(1);

/** The most open connections. Each can hold the largest body that is read before a caller is known. */
export interface ConnectionLimit {
  readonly most: number;
  /** Called for each connection above the limit, which is closed at once. */
  readonly onRefused: () => void;
}

/**
 * Milliseconds for the head of a request, and for all of it. The longest body is an upload of 10 MiB through the proxy. What is
 * late gets 408, and its connection is closed.
 */
const deadlines = { headersTimeout: seconds(15), requestTimeout: seconds(60) };

/** Listens on a port; 0 picks a free one. @throws when the port is taken */
export async function listen(
  handler: RequestListener,
  port: number,
  host: string,
  limit?: ConnectionLimit,
): Promise<Listener> {
  const lateness = { ...deadlines, connectionsCheckingInterval: seconds(5) };
  const server = createServer({ keepAliveTimeout: keepAlive, ...lateness }, handler);
  if (limit) {
    server.maxConnections = limit.most;
    server.on('drop', limit.onRefused);
  }
  const tracked = trackConnections(server);
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
    url: `http://${reachableHost(address)}:${actual}`,
    async close({ patience = seconds(30), linger = 0 } = {}) {
      await tracked.quiet();
      // Node's `close` of an HTTP server also closes idle connections, and resets a request on its way.
      const closed = new Promise((resolve) => PortServer.prototype.close.call(server, resolve));
      tracked.end(linger > 0);
      const deadline = setTimeout(() => server.closeAllConnections(), patience);
      const idle = setTimeout(tracked.closeIdle, linger);
      await closed;
      clearTimeout(deadline);
      clearTimeout(idle);
    },
  };
}

function reachableHost(address: string): string {
  if (['0.0.0.0', '::'].includes(address)) return '127.0.0.1';
  return address.includes(':') ? `[${address}]` : address;
}

/**
 * Milliseconds for which a port that is to close waits for a moment without a new connection, and those of a turn of the event
 * loop in which nothing else happens.
 */
const [longestWait, emptyTurn] = [seconds(1), 0.1];

interface ConnectionState {
  readonly unanswered: Set<ServerResponse>;
  /** The number of bytes read for requests that have been answered. If more have come, a request is on its way. */
  answered: number;
}

/** Tracks the connections with a running request. Node's `closeIdleConnections` leaves those that never had one. */
function trackConnections(server: Server) {
  const connections = new Map<Socket, ConnectionState>();
  let ending = false;
  let lingering = false;
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted += 1;
    connections.set(socket, { unanswered: new Set(), answered: 0 });
    socket.once('close', () => connections.delete(socket));
  });
  server.prependListener('request', ({ socket }, response) => {
    if (ending) response.shouldKeepAlive = false;
    const state = connections.get(socket);
    state?.unanswered.add(response);
    response.once('close', () => {
      if (!state) return;
      state.unanswered.delete(response);
      state.answered = socket.bytesRead;
      // A head that is already sent has promised keep-alive. Node's timer closes such a connection.
      if (ending && !lingering && state.unanswered.size === 0) socket.destroySoon();
    });
  });
  return {
    /**
     * Waits for an empty turn of the event loop. Closing a port resets those connections in the system's queue that are not
     * accepted yet, and a client cannot tell such a reset from a lost answer.
     */
    async quiet() {
      // The turn that has begun may have looked at the queue some time ago.
      await nextTurn();
      const begun = monotonic();
      for (let last = begun; last - begun < longestWait; ) {
        const before = accepted;
        await nextTurn();
        const now = monotonic();
        if (accepted === before && now - last < emptyTurn) return;
        last = now;
      }
    },
    /** Makes each further answer the last on its connection. */
    end(linger: boolean) {
      ending = true;
      lingering = linger;
      for (const { unanswered } of connections.values())
        for (const response of unanswered) response.shouldKeepAlive = false;
    },
    closeIdle() {
      for (const [socket, { unanswered, answered }] of connections)
        if (unanswered.size === 0 && socket.bytesRead === answered) socket.destroy();
    },
  };
}
