import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { begin, type Ended, ended } from './command.ts';
import { freshDatabaseUrl } from './database.ts';
import { freePort } from './world.ts';

/**
 * Starts the broker as an operator does: as a process of its own, with a database of its own unless one is
 * given.
 */
export interface BrokerProcess {
  readonly url: string;
  readonly port: number;
  readonly adminToken: string;
  readonly child: ReturnType<typeof begin>;
  readonly exited: Promise<Ended>;
}

/** Returns when the process is ready. `directory` has its code. @throws with its output if it ends before */
export async function startProcess(
  settings: Readonly<Record<string, string>> = {},
  directory?: string,
): Promise<BrokerProcess> {
  const port = Number(settings.PORT ?? (await freePort()));
  const adminToken = settings.ADMIN_API_TOKEN ?? randomBytes(24).toString('base64url');
  const started = {
    NODE_ENV: 'development',
    DATABASE_URL: settings.DATABASE_URL ?? (await freshDatabaseUrl()),
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    HOST: '127.0.0.1',
    PORT: String(port),
    ADMIN_API_TOKEN: adminToken,
    ...settings,
  };
  const child = begin('main', [], started, directory);
  const exited = ended(child);
  const url = `http://127.0.0.1:${port}`;
  while (child.exitCode === null && child.signalCode === null) {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.ok) return { url, port, adminToken, child, exited };
    await pause(50);
  }
  throw new Error(`the broker does not start: ${JSON.stringify(await exited)}`);
}
