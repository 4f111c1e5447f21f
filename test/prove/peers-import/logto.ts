import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { LogtoAsk, LogtoSettings } from './logto-server.ts';

const run = promisify(execFile);
const patience = 60_000;

/** A running Logto, as its people see it. */
export interface Logto {
  /** Signs a person in, or adds an account to a user. Returns the user's id. */
  signIn(ask: Omit<LogtoAsk, 'ask' | 'refresh'>): Promise<string>;
  /** Refreshes the stored token of a user, if there is a refresh token. */
  refresh(ask: Omit<LogtoAsk, 'ask' | 'refresh'>): Promise<string>;
  stop(): Promise<void>;
}

/** Creates the tables and the first rows by Logto's own command. */
export async function seedLogto(folder: string, databaseUrl: string): Promise<void> {
  const command = path.join(folder, 'node_modules/@logto/cli/bin/logto.js');
  const args = [command, 'database', 'seed', '--db-url', databaseUrl];
  const env = { PATH: process.env.PATH, CI: 'true' };
  await run(process.execPath, args, { cwd: folder, env, timeout: patience });
}

export async function startLogto(settings: LogtoSettings, logFile: string): Promise<Logto> {
  const log = openSync(logFile, 'a');
  const child = fork(fileURLToPath(new URL('logto-server.ts', import.meta.url)), {
    env: { PATH: process.env.PATH, PEER: JSON.stringify(settings) },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const signal = AbortSignal.timeout(patience);
  const failed = exited.then(() => Promise.reject(new Error('Logto does not start')));
  await Promise.race([once(child, 'message', { signal }), failed]);
  failed.catch(() => undefined);
  let asked = 0;
  const call = async (ask: Omit<LogtoAsk, 'ask'>) => {
    asked += 1;
    child.send({ ...ask, ask: asked });
    const [answer] = await once(child, 'message', { signal: AbortSignal.timeout(patience) });
    if (answer.error) throw new Error(`${ask.provider} ${ask.person}: ${answer.error}`);
    return String(answer.userId);
  };
  return {
    signIn: call,
    refresh: (ask) => call({ ...ask, refresh: true }),
    async stop() {
      if (child.connected) child.disconnect();
      await Promise.race([exited, pause(5_000).then(() => child.kill('SIGKILL'))]);
    },
  };
}
