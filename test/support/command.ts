import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { inject } from 'vitest';
import { atEnd } from './at-end.ts';

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Settings = Readonly<Record<string, string | undefined>>;

/** A program of ours in a process of its own, which inherits no setting. */
export function begin(
  program: 'cli' | 'main',
  args: readonly string[],
  settings: Settings,
): ChildProcessWithoutNullStreams {
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: inject('compileCache'), ...settings };
  const command = ['--disable-warning=ExperimentalWarning', `src/${program}.ts`, ...args];
  const child = spawn(process.execPath, command, { env });
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
