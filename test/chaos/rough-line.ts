import { createServer, request, type ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { Random } from './random.ts';

/** The share of answers that are lost; the same share is cut in the middle, and as many are late. */
const share = 0.05;
const late = 2000;
/** Marks late answers: a sign-in may have replaced the token by then. */
export const lateHeader = 'chaos-late';

export interface RoughLine {
  readonly url: string;
  /** Causes faults only while switched on. */
  roughen(rough: boolean): void;
  readonly struck: Readonly<Record<'lost' | 'cut' | 'late', number>>;
  close(): void;
}

/** A proxy between apps and a broker: every request arrives, and some answers are lost. */
export function startRoughLine(at: { from: number; to: number }, random: Random): RoughLine {
  const struck = { lost: 0, cut: 0, late: 0 };
  let isRough = false;

  async function pass(answer: ServerResponse, status: number, headers: object, body: Buffer): Promise<void> {
    const luck = isRough ? random.between(0, 1) : 1;
    if (luck < share) {
      struck.lost += 1;
      return void answer.destroy();
    }
    if (luck < 2 * share && body.length > 1) {
      struck.cut += 1;
      answer.writeHead(status, { ...headers, 'content-length': body.length });
      answer.write(body.subarray(0, body.length / 2), () => answer.destroy());
      return;
    }
    if (luck > 1 - share && isRough) {
      struck.late += 1;
      await pause(late);
      return void answer.writeHead(status, { ...headers, [lateHeader]: '1' }).end(body);
    }
    answer.writeHead(status, { ...headers }).end(body);
  }

  const server = createServer((asked, answer) => {
    const { method, url: path, headers } = asked;
    const onward = request({ host: '127.0.0.1', port: at.to, method, path, headers }, async (said) => {
      try {
        const body = Buffer.concat(await said.toArray());
        const { 'transfer-encoding': _, ...kept } = said.headers;
        await pass(answer, said.statusCode ?? 502, kept, body);
      } catch {
        answer.destroy();
      }
    });
    onward.on('error', () => answer.destroy());
    asked.on('error', () => onward.destroy());
    asked.pipe(onward);
  });
  server.listen(at.from, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${at.from}`,
    roughen(rough) {
      isRough = rough;
    },
    struck,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
