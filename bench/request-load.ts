import type { LoadResult } from './load.ts';
import { opened, reader } from './load.ts';

/** One request as it goes over the wire, and what is to be done with the answer to it. */
export interface Turn {
  readonly request: string;
  /** @throws when the answer is wrong. */
  accept(answer: string): void;
}

/** What a connection asks next. */
export type Player = (connection: number) => Turn;

/** One request on a connection of its own. */
export async function ask(port: number, request: string): Promise<string> {
  const socket = await opened(port);
  const answers = reader(socket);
  socket.write(request);
  const answer = await answers();
  socket.destroy();
  return answer;
}

/** Kept-alive connections, one request at a time on each. */
export async function play(
  port: number,
  player: Player,
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
      const { request, accept } = player(connection);
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
