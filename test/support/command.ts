import { type ChildProcess, type ChildProcessWithoutNullStreams, fork, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { inject } from 'vitest';
import { atEnd } from './at-end.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Settings = Readonly<Record<string, string | undefined>>;

export interface Asked {
  readonly id: string;
  readonly args: readonly string[];
  readonly settings: Settings;
  readonly input: string;
}

const environment = () => ({ PATH: process.env.PATH, NODE_COMPILE_CACHE: inject('compileCache') });
const quiet = '--disable-warning=ExperimentalWarning';

/**
 * Runs a program of this project as a process of its own, which inherits no setting. `directory` has its code; the default is
 * this checkout.
 */
export function begin(
  program: 'cli' | 'main',
  args: readonly string[],
  settings: Settings,
  directory = '.',
): ChildProcessWithoutNullStreams {
  const command = [quiet, `src/${program}.mjs`, ...args];
  const child = spawn(process.execPath, command, { env: { ...environment(), ...settings }, cwd: directory });
  atEnd(() => child.kill('SIGKILL'));
  return child;
}

export async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk) => {
      said[stream] += String(chunk);
    });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
}

/** `symbolon …` as an operator runs it. */
export async function runCommand(args: readonly string[], settings: Settings, input = ''): Promise<Ended> {
  const child = begin('cli', args, settings);
  child.stdin.end(input);
  return await ended(child);
}

const shared = globalThis as { commandHost?: ChildProcess };

function commandHost(): ChildProcess {
  const { commandHost: known } = shared;
  if (known?.connected) return known;
  const file = path.join(import.meta.dirname, 'command-host.ts');
  const host = fork(file, { execArgv: [quiet], env: environment() });
  host.setMaxListeners(0);
  // It ends with the worker, whose channel closes.
  host.unref();
  host.channel?.unref();
  shared.commandHost = host;
  return host;
}

/** Runs commands in one shared process of this worker, since most of a command's time is its start. */
export function createShell(): typeof runCommand {
  let underWay = 0;
  // A command that hangs does not hold up those of the next file.
  atEnd(() => underWay > 0 && shared.commandHost?.kill('SIGKILL'));
  return async (args, settings, input = '') => {
    const host = commandHost();
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<Ended>();
    const onMessage = (message: { id: string; ended: Ended }) => {
      if (message.id === id) resolve(message.ended);
    };
    const onExit = () => reject(new Error('the process that runs commands has ended'));
    host.on('message', onMessage).once('exit', onExit);
    host.channel?.ref();
    underWay += 1;
    try {
      host.send({ id, args, settings: { PATH: process.env.PATH, ...settings }, input } satisfies Asked);
      return await promise;
    } finally {
      underWay -= 1;
      host.off('message', onMessage).off('exit', onExit);
      host.channel?.unref();
    }
  };
}
