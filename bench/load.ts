import { connect, type Socket } from 'node:net';
import type { Person } from './seed.ts';

export interface LoadOptions {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly people: readonly Person[];
  /** The place of the first person to ask for; default 0. */
  readonly from?: number;
  readonly connections: number;
  readonly milliseconds: number;
  /**
   * To send the bound tokens: a DPoP proof for each request. They are made before, so that the load does not wait for them and
   * the server has as much to do at a time as with bearer tokens.
   */
  readonly proofs?: readonly string[];
  /** Set if the server will be killed; a lost connection then ends the load. */
  readonly serverIsKilled?: boolean;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** The latencies in milliseconds, unsorted. */
  readonly latencies: readonly number[];
  /** The time by `performance.now()`. */
  readonly answeredAt: readonly number[];
}

/**
 * Sends one request at a time on each of several kept-alive connections, for the users in rotation. @throws
 * on a wrong answer
 */
export async function drive(options: LoadOptions): Promise<LoadResult> {
  const { people, from = 0, connections, milliseconds } = options;
  const latencies: number[] = [];
  const answeredAt: number[] = [];
  let next = 0;
  const start = performance.now();
  const end = start + milliseconds;
  const worker = async () => {
    const socket = await opened(options.port);
    const answers = reader(socket);
    while (performance.now() < end) {
      const turn = next++;
      const person = people[(from + turn) % people.length];
      if (!person) throw new Error('no person to ask for');
      if (options.proofs && turn >= options.proofs.length) break;
      const asked = performance.now();
      socket.write(requestOf(options, person, options.proofs?.[turn]));
      const answer = await answers().catch((error: Error) => error);
      if (answer instanceof Error && options.serverIsKilled) return;
      if (answer instanceof Error) throw answer;
      answeredAt.push(performance.now());
      latencies.push(performance.now() - asked);
      if (!answer.startsWith('HTTP/1.1 200') || !answer.includes(person.providerToken)) {
        throw new Error(`a wrong answer: ${answer.slice(0, 600)}`);
      }
    }
    socket.destroy();
  };
  await Promise.all(Array.from({ length: connections }, worker));
  return { requests: latencies.length, seconds: (performance.now() - start) / 1000, latencies, answeredAt };
}

function requestOf({ host, path }: LoadOptions, { bearer, bound }: Person, proof?: string): string {
  const sender =
    proof === undefined
      ? `Authorization: Bearer ${bearer}`
      : `Authorization: DPoP ${bound?.token}\r\nDPoP: ${proof}`;
  return `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${sender}\r\nAccept: application/json\r\n\r\n`;
}

export function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.setNoDelay(true).on('error', reject);
  });
}

/** Splits whole answers off the bytes of one connection, where one request at a time is answered. */
export function reader(socket: Socket): () => Promise<string> {
  let text = '';
  let waiting: { resolve: (answer: string) => void; reject: (error: Error) => void } | undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    text += chunk;
    const head = text.indexOf('\r\n\r\n');
    if (head === -1) return;
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(text) ?? [];
    const isChunked = length === undefined && /\r\ntransfer-encoding: chunked/i.test(text.slice(0, head + 2));
    const size = isChunked ? text.length : head + 4 + Number(length ?? 0);
    if (text.length < size || (isChunked && !text.endsWith('\r\n0\r\n\r\n'))) return;
    const answer = text.slice(0, size);
    text = text.slice(size);
    waiting?.resolve(answer);
  });
  socket.on('close', () => waiting?.reject(new Error('the server closed the connection')));
  return () =>
    new Promise((resolve, reject) => {
      waiting = { resolve, reject };
    });
}
