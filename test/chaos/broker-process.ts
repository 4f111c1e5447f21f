import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** One run of one broker: a real process of `src/main.ts`. */
export interface BrokerProcess {
  /** The process's name at PostgreSQL, which identifies its statements. */
  readonly label: string;
  readonly url: string;
  readonly exited: Promise<void>;
  isReady(): boolean;
  kill(signal: NodeJS.Signals): void;
}

export interface BrokerSettings {
  readonly label: string;
  readonly port: number;
  readonly databaseUrl: string;
  readonly logFile: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The directory of the version to run; the default is this one. */
  readonly directory?: string;
}

export function startBroker(settings: BrokerSettings): BrokerProcess {
  const { label, port, logFile, environment } = settings;
  // It may name several hosts, which `URL` does not read.
  const named = `${settings.databaseUrl}${settings.databaseUrl.includes('?') ? '&' : '?'}application_name=${label}`;
  const log = openSync(logFile, 'a');
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', 'src/main.ts'], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: 'development',
      ...environment,
      PORT: String(port),
      DATABASE_URL: named,
    },
    stdio: ['ignore', log, log],
    cwd: settings.directory,
  });
  closeSync(log);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  let ready = false;
  untilReady(child, url).then((is) => {
    ready = is;
  });
  return {
    label,
    url,
    exited,
    isReady: () => ready && isRunning(child),
    kill: (signal) => void child.kill(signal),
  };
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

async function untilReady(child: ChildProcess, url: string): Promise<boolean> {
  while (isRunning(child)) {
    const answer = await fetch(`${url}/.well-known/jwks.json`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer?.status === 200) return true;
    await pause(100);
  }
  return false;
}
