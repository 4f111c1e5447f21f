import net from 'node:net';

// Tests connect to this machine only. Every TCP connection of Node, fetch included, is checked here.
const connect = net.Socket.prototype.connect;

// Test files run one after another in one process, so this is installed once.
if (connect.name !== 'guarded')
  net.Socket.prototype.connect = function guarded(this: net.Socket, ...args: unknown[]) {
    const [first] = Array.isArray(args[0]) ? args[0] : args;
    const host = (first as { host?: string } | undefined)?.host;
    if (host !== undefined && !['localhost', '127.0.0.1', '::1'].includes(host)) {
      throw new Error(`a test tried to reach ${host}`);
    }
    return Reflect.apply(connect, this, args) as net.Socket;
  } as typeof connect;
