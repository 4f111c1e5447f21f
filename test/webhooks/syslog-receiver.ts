import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { atEnd } from '../support/at-end.ts';

/** A syslog receiver by TCP or TLS, which reads messages by their length. */
export interface SyslogReceiver {
  readonly port: number;
  /** The messages of connections that were read to their end, in order. */
  readonly messages: readonly string[];
  ids(): readonly string[];
  /** Sets what happens to connections from now on. `hang`: they are opened and not read. `drop`: they are closed at once. */
  behave(how: 'well' | 'hang' | 'drop'): void;
  /** The number of connections that were opened. */
  opened(): number;
}

export async function startSyslogReceiver(
  identity?: Readonly<Record<'key' | 'cert', string>>,
): Promise<SyslogReceiver> {
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let behaviour: Parameters<SyslogReceiver['behave']>[0] = 'well';
  let opened = 0;
  const onSocket = (socket: Socket) => {
    opened += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    if (behaviour === 'drop') return void socket.destroy();
    if (behaviour === 'hang') return void socket.pause();
    const chunks: Uint8Array[] = [];
    socket.on('data', (chunk: Uint8Array) => void chunks.push(chunk));
    socket.on('end', () => void messages.push(...messagesIn(Buffer.concat(chunks).toString('latin1'))));
  };
  const server = identity ? createTlsServer(identity, onSocket) : createServer(onSocket);
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    port: address.port,
    messages,
    ids: () => messages.map((message) => eventIn(message).id),
    behave(how) {
      behaviour = how;
    },
    opened: () => opened,
  };
}

/** Returns the messages of a stream of octet-counted frames (RFC 6587 section 3.4.1). */
function messagesIn(text: string): readonly string[] {
  const found: string[] = [];
  for (let rest = text; rest !== ''; ) {
    const [length = ''] = rest.split(' ', 1);
    if (!/^[1-9]\d*$/.test(length)) throw new Error(`no frame: ${rest.slice(0, 80)}`);
    const start = length.length + 1;
    found.push(rest.slice(start, start + Number(length)));
    rest = rest.slice(start + Number(length));
  }
  return found;
}

export function eventIn(message: string): { id: string; type: string } & Record<string, unknown> {
  return JSON.parse(message.slice(message.indexOf('{')));
}
