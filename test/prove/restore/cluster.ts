import { execFile, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  openSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePorts } from '../../chaos/stage.ts';

const run = promisify(execFile);
const password = randomBytes(16).toString('hex');

/** The account that PostgreSQL runs as: it does not run as root. */
const account = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }));
}

const own = (file: string) => account && chownSync(file, account.uid, account.gid);

export function ownFolder(folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  own(folder);
  return folder;
}

export interface Cluster {
  /** The superuser's URL of the database `symbolon`. */
  readonly url: string;
  readonly data: string;
  ask<Row extends pg.QueryResultRow>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  kill(): Promise<void>;
}

/** The programs in a folder of PostgreSQL. */
export interface Programs {
  readonly folder: string;
  readonly version: string;
  has(program: string): boolean;
}

export function programsIn(folder: string): Programs {
  const [version = ''] =
    /[\d.]+/.exec(execFileSync(path.join(folder, 'postgres'), ['--version'], { encoding: 'utf8' })) ?? [];
  return { folder, version, has: (program) => existsSync(path.join(folder, program)) };
}

/** Gives a folder and all in it to the account. */
export function ownAll(folder: string): void {
  if (account) execFileSync('chown', ['-R', `${account.uid}:${account.gid}`, folder]);
  chmodSync(folder, 0o700);
}

/** Makes an empty cluster that archives its WAL. */
export function initialise({ folder }: Programs, data: string, archive: string): void {
  const file = `${data}.password`;
  writeFileSync(file, password);
  own(file);
  const flags = ['-D', data, '-U', 'postgres', '--pwfile', file, '-A', 'scram-sha-256', '-E', 'UTF8'];
  execFileSync(path.join(folder, 'initdb'), [...flags, '--locale=C', '--no-sync'], {
    ...account,
    cwd: path.dirname(data),
    stdio: 'ignore',
  });
  const settings = [
    'archive_mode = on',
    `archive_command = 'cp %p ${archive}/%f'`,
    'fsync = off',
    'max_connections = 60',
  ];
  appendFileSync(path.join(data, 'postgresql.conf'), `${settings.join('\n')}\n`);
}

/** Lets the next start replay the archive up to its end. */
export function recoverFrom(data: string, archive: string): void {
  appendFileSync(path.join(data, 'postgresql.conf'), `restore_command = 'cp ${archive}/%f %p'\n`);
  writeFileSync(path.join(data, 'recovery.signal'), '');
  own(path.join(data, 'recovery.signal'));
}

/** Returns once the server answers and takes writes. */
export async function startCluster(programs: Programs, data: string): Promise<Cluster> {
  const [port = 0] = await freePorts(1);
  const log = openSync(`${data}.log`, 'a');
  const flags = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', ''];
  const child = spawn(path.join(programs.folder, 'postgres'), flags, {
    ...account,
    stdio: ['ignore', log, log],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const at = (database: string) => `postgresql://postgres:${password}@127.0.0.1:${port}/${database}`;
  const isWritable = async () => {
    const [row] = await ask<{ standby: boolean }>(at('postgres'), 'SELECT pg_is_in_recovery() AS standby');
    return row?.standby === false;
  };
  for (let tries = 0; !(await isWritable().catch(() => false)); tries += 1) {
    if (tries > 600 || child.exitCode !== null) throw new Error(`PostgreSQL does not start: see ${data}.log`);
    await pause(100);
  }
  return {
    url: at('symbolon'),
    data,
    ask: (text, values) => ask(at('symbolon'), text, values),
    async kill() {
      child.kill('SIGQUIT');
      await exited;
    },
  };
}

async function ask<Row extends pg.QueryResultRow>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Makes the role and the empty database of the broker. */
export async function makeDatabase({ url }: Pick<Cluster, 'url'>): Promise<void> {
  const server = Object.assign(new URL(url), { pathname: '/postgres' }).href;
  await ask(server, `CREATE ROLE broker LOGIN PASSWORD 'broker'`);
  await ask(server, 'CREATE DATABASE symbolon OWNER broker');
}

/** Copies the files of the running cluster, by `pg_basebackup` or, without it, as that program does. Returns the way. */
export async function takeBase(programs: Programs, { url, data }: Cluster, to: string): Promise<string> {
  if (programs.has('pg_basebackup')) {
    const flags = [
      '-D',
      to,
      '-X',
      'none',
      '-c',
      'fast',
      '-d',
      Object.assign(new URL(url), { pathname: '/' }).href,
    ];
    await run(path.join(programs.folder, 'pg_basebackup'), flags, { ...account, cwd: path.dirname(to) });
    return 'pg_basebackup';
  }
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`SELECT pg_backup_start('drill', true)`);
  // A file that vanishes meanwhile is in the WAL.
  await run('cp', ['-a', data, to]).catch(() => undefined);
  for (const name of ['postmaster.pid', 'postmaster.opts', 'pg_wal'])
    rmSync(path.join(to, name), { recursive: true, force: true });
  ownFolder(path.join(to, 'pg_wal'));
  const { rows } = await client.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop()');
  writeFileSync(path.join(to, 'backup_label'), rows[0]?.label ?? '');
  own(path.join(to, 'backup_label'));
  chmodSync(to, 0o700);
  await client.end();
  return 'pg_backup_start';
}

/** Waits until the archive has all that was written. */
export async function archiveAll({ ask }: Pick<Cluster, 'ask'>): Promise<void> {
  const [last] = await ask<{ file: string }>('SELECT pg_walfile_name(pg_switch_wal()) AS file');
  const isArchived = async () => {
    const [row] = await ask<{ done: boolean }>(
      'SELECT last_archived_wal >= $1 AS done FROM pg_stat_archiver',
      [last?.file],
    );
    return row?.done === true;
  };
  for (let tries = 0; !(await isArchived()); tries += 1) {
    if (tries > 300) throw new Error('the WAL is not archived');
    await pause(100);
  }
}

export async function dump({ folder }: Programs, { url }: Cluster, file: string): Promise<void> {
  await run(path.join(folder, 'pg_dump'), ['-Fc', '-d', url, '-f', file]);
}

export async function restoreDump({ folder }: Programs, { url }: Cluster, file: string): Promise<void> {
  await run(path.join(folder, 'pg_restore'), ['--exit-on-error', '-d', url, file]);
}
