import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Returns the output of `symbolon …`. @throws when it fails. */
export async function runOnce(
  args: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<string> {
  const command = ['--disable-warning=ExperimentalWarning', 'src/cli.ts', ...args];
  const { stdout } = await promisify(execFile)(process.execPath, command, {
    env: { PATH: process.env.PATH, ...settings },
  });
  return stdout;
}
