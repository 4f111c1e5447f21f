import { connect, createServer, type Socket } from 'node:net';
import type { Fleet } from './fleet.ts';
import type { Random } from './random.ts';

/** The public address: passes each connection to a running broker, like a load balancer. */
export function startBalancer(port: number, fleet: Pick<Fleet, 'ready'>, random: Random): { close(): void } {
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const broker = random.pick(fleet.ready());
    if (!broker) return void client.destroy();
    const { hostname, port: at } = new URL(broker.url);
    const upstream = connect(Number(at), hostname);
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    }
    client.on('error', () => upstream.destroy()).on('close', () => upstream.destroy());
    upstream.on('error', () => client.destroy()).on('close', () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  server.listen(port, '127.0.0.1');
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}
