import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { freePort } from '../../support/world.ts';

const binary = '/usr/sbin/apache2';
const modules = '/usr/lib/apache2/modules';

/** Whether this machine has Apache with that module, from Debian's packages. */
export function hasApache(module: string): boolean {
  return existsSync(binary) && existsSync(`${modules}/mod_${module}.so`);
}

export interface Apache {
  readonly url: string;
  readonly log: () => string;
  close(): Promise<void>;
}

/** Runs Apache in the foreground, with one file at every path and the given configuration. */
export async function startApache(loaded: readonly string[], lines: string): Promise<Apache> {
  const root = await mkdtemp(path.join(os.tmpdir(), 'symbolon-apache-'));
  await chmod(root, 0o755);
  await mkdir(path.join(root, 'www'));
  const port = await freePort();
  const named = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'headers', 'alias', ...loaded];
  const load = named.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n');
  const configuration = `ServerRoot ${root}
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${root}/pid
ErrorLog ${root}/error.log
${load}
${process.getuid?.() === 0 ? 'User www-data\nGroup www-data' : ''}
DocumentRoot ${root}/www
AliasMatch ^/.* ${root}/www/index.txt
<Directory ${root}/www>
  Require all granted
</Directory>
${lines}
`;
  await writeFile(path.join(root, 'www', 'index.txt'), 'let in');
  await writeFile(path.join(root, 'apache.conf'), configuration);
  const child = spawn(binary, ['-f', path.join(root, 'apache.conf'), '-D', 'FOREGROUND'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaints = '';
  child.stderr?.on('data', (text) => {
    complaints += String(text);
  });
  const log = () => {
    const file = path.join(root, 'error.log');
    return complaints + (existsSync(file) ? readFileSync(file, 'utf8') : '');
  };
  await answering(child, `http://127.0.0.1:${port}/`, log);
  return {
    url: `http://127.0.0.1:${port}`,
    log,
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      await rm(root, { recursive: true, force: true });
    },
  };
}

async function answering(child: ChildProcess, url: string, log: () => string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`apache2 ended: ${log()}`);
    const up = await fetch(url).then(
      () => true,
      () => false,
    );
    if (up) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`apache2 does not answer: ${log()}`);
}
