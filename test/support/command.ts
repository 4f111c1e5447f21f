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

/** Runs a program of this project as a process of its own, which inherits no setting. */
export function begin(
  program: 'cli' | 'main',
  args: readonly string[],
  settings: Settings,
): ChildProcessWithoutNullStreams {
  const command = [quiet, `src/${program}.ts`, ...args];
  const child = spawn(process.execPath, command, { env: { ...environment(), ...settings } });
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

/** Runs commands in one shared process, for test files with many of them. */
export function createShell(): typeof runCommand {
  let host: ChildProcess | undefined;
  const start = () => {
    const file = path.join(import.meta.dirname, 'command-host.ts');
    const child = fork(file, { execArgv: [quiet], env: environment() });
    child.setMaxListeners(0);
    return child;
  };
  atEnd(() => host?.kill('SIGKILL'));
  return async (args, settings, input = '') => {
    host ??= start();
    const child = host;
    const id = randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<Ended>();
    child.on('message', (message: { id: string; ended: Ended }) => {
      if (message.id === id) resolve(message.ended);
    });
    child.once('exit', () => reject(new Error('the process that runs commands has ended')));
    child.send({ id, args, settings: { PATH: process.env.PATH, ...settings }, input } satisfies Asked);
    return await promise;
  };
}
