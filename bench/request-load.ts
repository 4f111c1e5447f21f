import type { LoadResult } from './load.ts';
import { opened, reader } from './load.ts';

/** One request as bytes, and the check of its answer. */
export interface Exchange {
  readonly request: string;
  /** @throws when the answer is wrong */
  accept(answer: string): void;
}

/** Returns the next request of a connection. */
export type RequestSource = (connection: number) => Exchange;

/** Sends one request on a connection of its own. */
export async function ask(port: number, request: string): Promise<string> {
  const socket = await opened(port);
  const answers = reader(socket);
  socket.write(request);
  const answer = await answers();
  socket.destroy();
  return answer;
}

/** Sends one request at a time on each of several kept-alive connections. */
export async function sendRequests(
  port: number,
  requestSource: RequestSource,
  { connections, milliseconds }: { readonly connections: number; readonly milliseconds: number },
): Promise<LoadResult> {
  const latencies: number[] = [];
  const answeredAt: number[] = [];
  const start = performance.now();
  const end = start + milliseconds;
  const worker = async (connection: number) => {
    const socket = await opened(port);
    const answers = reader(socket);
    while (performance.now() < end) {
      const { request, accept } = requestSource(connection);
      const asked = performance.now();
      socket.write(request);
      const answer = await answers();
      answeredAt.push(performance.now());
      latencies.push(performance.now() - asked);
      if (!answer.startsWith('HTTP/1.1 200')) throw new Error(`a wrong answer: ${answer.slice(0, 1000)}`);
      accept(answer);
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, (_, connection) => worker(connection)));
  return { requests: latencies.length, seconds: (performance.now() - start) / 1000, latencies, answeredAt };
}
