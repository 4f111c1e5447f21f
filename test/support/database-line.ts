import { connect, createServer, type Socket } from 'node:net';
import { createDatabase } from '../../src/kit/database/database.ts';
import { atEnd } from './at-end.ts';
import { freshDatabaseUrl, type TestDatabase } from './database.ts';

/** A database of this test file, reached through a relay that can be disturbed. */
export interface DistantDatabase extends TestDatabase {
  /** The direct URL, without the relay. */
  readonly directUrl: string;
  readonly line: Line;
}

export interface Line {
  readonly url: string;
  /** From now on no byte arrives in either direction, without an error. New connections are accepted. */
  swallow(): void;
  /** Ends connections, and refuses new ones. */
  cut(): void;
  /** Delivers the bytes that were held back, and returns to normal. */
  mend(): void;
}

export async function distantDatabase(): Promise<DistantDatabase> {
  const directUrl = await freshDatabaseUrl();
  const line = await startLine(directUrl);
  const database = createDatabase({ url: line.url, poolSize: 10 });
  atEnd(() => database.close());
  return { ...database, url: line.url, directUrl, line };
}

/** A relay in front of a PostgreSQL. */
export async function startLine(directUrl: string): Promise<Line> {
  const behind = new URL(directUrl);
  const pairs = new Set<readonly [Socket, Socket]>();
  let state: 'open' | 'silent' | 'cut' = 'open';
  const server = createServer((near) => {
    near.on('error', () => undefined);
    if (state === 'cut') return near.resetAndDestroy();
    const far = connect(Number(behind.port), behind.hostname);
    far.on('error', () => near.destroy());
    const pair = [near, far] as const;
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on('close', end);
    far.on('close', end);
    near.on('data', (data) => far.write(data));
    far.on('data', (data) => near.write(data));
    if (state === 'silent') for (const socket of pair) socket.pause();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    server.close();
    for (const [near] of pairs) near.destroy();
  });
  const url = new URL(directUrl);
  url.port = String((server.address() as { port: number }).port);
  return {
    url: url.href,
    swallow() {
      state = 'silent';
      for (const pair of pairs) for (const socket of pair) socket.pause();
    },
    cut() {
      state = 'cut';
      for (const [near] of pairs) near.resetAndDestroy();
    },
    mend() {
      state = 'open';
      for (const pair of pairs) for (const socket of pair) socket.resume();
    },
  };
}
