import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Express } from 'express';
import { seconds } from '../kit/clock.ts';

export interface Listener {
  readonly port: number;
  /** Takes no more requests and lets those under way finish. */
  close(): Promise<void>;
}

/** Port 0: any free one. @throws when the port is taken. */
export async function listen(app: Express, port: number, host: string): Promise<Listener> {
  const server = await new Promise<Server>((resolve, reject) => {
    const listening = app.listen(port, host, (error?: Error) => (error ? reject(error) : resolve(listening)));
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const done = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // Whoever keeps a connection open without asking anything does not keep us.
      const impatient = setTimeout(() => server.closeAllConnections(), seconds(5));
      await done;
      clearTimeout(impatient);
    },
  };
}
