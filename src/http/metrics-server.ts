import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expositionType, type Metrics } from '../kit/metrics.ts';
import type { Listener } from './server.ts';

/** `/metrics` on a port of its own, so that no proxy in front of the public one can pass it on. */
export async function serveMetrics(metrics: Metrics, port: number, host: string): Promise<Listener> {
  const server = createServer((request, response) => {
    const { method = '', url } = request;
    if (url !== '/metrics' || !['GET', 'HEAD'].includes(method)) {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': expositionType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
