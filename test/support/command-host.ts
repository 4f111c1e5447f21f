import { Readable } from 'node:stream';
import { runCommandLine } from '../../src/cli/commands.ts';
import type { Asked, Ended } from './command.ts';

// A process that runs several commands in sequence, because most of a command's time is its start.

class Exit extends Error {}

async function run({ args, settings, input }: Asked): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  let code: number | undefined;
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, settings);
  process.argv = [...process.argv.slice(0, 2), ...args];
  process.exitCode = undefined;
  Object.defineProperty(process, 'stdin', { value: Readable.from([input]), configurable: true });
  for (const name of ['stdout', 'stderr'] as const) {
    process[name].write = (chunk: unknown) => {
      if (code === undefined) said[name] += String(chunk);
      return true;
    };
  }
  process.exit = (given) => {
    code ??= Number(given ?? process.exitCode ?? 0);
    throw new Exit();
  };
  await runCommandLine().catch((error: unknown) => {
    if (!(error instanceof Exit)) throw error;
  });
  return { code: code ?? null, ...said };
}

let last: Promise<unknown> = Promise.resolve();
process.on('message', (asked: Asked) => {
  last = last.then(async () => process.send?.({ id: asked.id, ended: await run(asked) }));
});
process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'));
