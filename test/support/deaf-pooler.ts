import { connect, createServer } from 'node:net';
import { atEnd } from './at-end.ts';

/** A notification, as the server sends it. */
const notification = 'A'.charCodeAt(0);

/**
 * Returns a URL of the same database through a proxy that passes everything on except notifications, like a
 * pooler in transaction mode.
 */
export async function deafPooler(to: string): Promise<string> {
  const { hostname, port } = new URL(to);
  const server = createServer((near) => {
    const far = connect(Number(port), hostname);
    near.on('error', () => undefined).on('close', () => far.destroy());
    far.on('error', () => undefined).on('close', () => near.destroy());
    near.on('data', (bytes) => far.write(bytes));
    far.on(
      'data',
      withoutNotifications((bytes) => near.write(bytes)),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => server.close());
  const url = new URL(to);
  url.port = String((server.address() as { port: number }).port);
  return url.href;
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
