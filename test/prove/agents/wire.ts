import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** The requests that a client has sent to the broker, for what no client tells by itself. */
export interface Wire {
  /** Forgets the requests so far. */
  clear(): void;
  /** Returns how many requests of a path were answered with the status, or with any. */
  count(path: string, status?: number): number;
  /** The revision of the protocol that the latest request to the agents' API named. */
  revision(): string;
}

interface Passed {
  readonly path: string;
  readonly status: number;
  readonly revision: string | undefined;
}

export function listenAt(port: number): Wire {
  const passed: Passed[] = [];
  subscribe('http.server.response.finish', (message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    if (request.socket.localPort !== port) return;
    const [path = ''] = (request.url ?? '').split('?');
    const revision = String(request.headers['mcp-protocol-version'] ?? '');
    passed.push({ path, status: response.statusCode, revision: path === '/mcp' ? revision : undefined });
  });
  return {
    clear: () => void passed.splice(0),
    count: (path, status) =>
      passed.filter((one) => one.path === path && (status === undefined || one.status === status)).length,
    revision: () => passed.findLast(({ revision }) => revision)?.revision ?? '',
  };
}
