import { execFile } from 'node:child_process';
import { access, writeFile } from 'node:fs/promises';
import { registerHooks } from 'node:module';
import net from 'node:net';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../../package.json' with { type: 'json' };

const run = promisify(execFile);
const { peerDependencies } = packageJson;

/** Installs the vendors' packages into a folder of their own, and lets `import` find them there. */
export async function installPackages(folder: string): Promise<void> {
  const there = await access(path.join(folder, 'node_modules/pkcs11js')).then(
    () => true,
    () => false,
  );
  if (!there) {
    await writeFile(path.join(folder, 'package.json'), '{"private":true}');
    const wanted = Object.entries(peerDependencies).map(([name, version]) => `${name}@${version}`);
    await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund', ...wanted]);
  }
  const parentURL = pathToFileURL(path.join(folder, 'any.js')).href;
  registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, Object.hasOwn(peerDependencies, specifier) ? { ...context, parentURL } : context),
  });
}

/** Sends connections for these hosts to a port of this machine, so that the packages keep their own addresses. */
export function redirectHosts(isOurs: (host: string) => boolean, port: number): void {
  const connect = net.Socket.prototype.connect as (this: net.Socket, ...args: unknown[]) => net.Socket;
  net.Socket.prototype.connect = function redirected(this: net.Socket, ...args: unknown[]) {
    const [first] = args;
    const options = (Array.isArray(first) ? first[0] : first) as { host?: string; port?: number } | undefined;
    if (options && typeof options === 'object' && options.host && isOurs(options.host))
      Object.assign(options, { host: '127.0.0.1', port });
    return connect.apply(this, args);
  } as typeof net.Socket.prototype.connect;
}
