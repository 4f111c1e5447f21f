import { connect, createServer, type Socket } from 'node:net';
import { atEnd } from './at-end.ts';

export interface Wire {
  /** The address of the database, by way of the wire. */
  readonly url: string;
  /** From now on all connections lead there; those that are open end. */
  leadTo(url: string): void;
  /** Nothing comes through, either way, and nothing ends. */
  hang(hangs: boolean): void;
}

/** A notification, as the server sends it. */
const notification = 'A'.charCodeAt(0);

/** To PostgreSQL through a middle. `deaf`: as a pooler in transaction mode, it passes everything on but notifications. */
export async function startWire(to: string, { deaf = false } = {}): Promise<Wire> {
  let target = new URL(to);
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(one);
          other.destroy();
        });
    }
    near.on('data', (bytes) => far.write(bytes));
    const passOn = deaf
      ? withoutNotifications((bytes) => near.write(bytes))
      : (bytes: Buffer) => near.write(bytes);
    far.on('data', passOn);
    if (hangs) for (const socket of [near, far]) socket.pause();
  });
  let hangs = false;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  atEnd(() => {
    server.close();
    cut();
  });
  const url = new URL(to);
  url.hostname = '127.0.0.1';
  url.port = String(address.port);
  return {
    url: url.href,
    leadTo(next) {
      target = new URL(next);
      cut();
    },
    hang(whether) {
      hangs = whether;
      for (const socket of open) whether ? socket.pause() : socket.resume();
    },
  };
}

function withoutNotifications(write: (bytes: Buffer) => void): (bytes: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    while (rest.length >= 5) {
      const end = 1 + rest.readInt32BE(1);
      if (rest.length < end) return;
      if (rest[0] !== notification) write(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
  };
}
