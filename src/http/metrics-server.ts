import type { RequestListener } from 'node:http';
import { expositionType, type Metrics } from '../kit/metrics.ts';
import { type Listener, listen } from '../kit/server.ts';

/** Serves `/metrics` on a separate port, so that no proxy of the public port can expose it. */
export async function serveMetrics(metrics: Metrics, port: number, host: string): Promise<Listener> {
  const answer: RequestListener = ({ method = '', url }, response) => {
    if (url !== '/metrics' || !['GET', 'HEAD'].includes(method)) {
      response.writeHead(404).end();
      return;
    }
    metrics.text().then(
      (text) => response.writeHead(200, { 'Content-Type': expositionType }).end(text),
      () => response.writeHead(500).end(),
    );
  };
  return await listen(answer, port, host);
}
