import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The account that runs PostgreSQL, which refuses to run as root. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Starts a program whose output goes to a file. */
export function run(
  command: readonly string[],
  logFile: string,
  options: Partial<Account> & { readonly cwd: string },
): ChildProcess {
  const [program = '', ...args] = command;
  const log = openSync(logFile, 'a');
  const env = { PATH: process.env.PATH, HOME: options.cwd, LC_ALL: 'C.UTF-8' };
  const child = spawn(program, args, { ...options, env, detached: true, stdio: ['ignore', log, log] });
  child.on('error', () => undefined);
  closeSync(log);
  return child;
}

/** One machine of the cluster: Patroni, PostgreSQL, and all their processes. */
export interface ClusterNode {
  readonly name: string;
  /** Of PostgreSQL. */
  readonly port: number;
  /** Of Patroni's REST API. */
  readonly api: number;
  start(): void;
  /** Ends all processes at once, as a machine without power. */
  kill(): void;
  freeze(): void;
  thaw(): void;
}

export interface NodePlace {
  readonly name: string;
  readonly port: number;
  readonly api: number;
  readonly directory: string;
  readonly account: Partial<Account>;
}

export function createNode({ name, port, api, directory, account }: NodePlace): ClusterNode {
  let patroni: ChildProcess | undefined;
  const send = (signal: NodeJS.Signals) => {
    for (const pid of processesOf(patroni?.pid, path.join(directory, 'data/postmaster.pid'))) {
      try {
        process.kill(pid, signal);
      } catch {}
    }
  };
  return {
    name,
    port,
    api,
    start() {
      const command = ['patroni', path.join(directory, 'patroni.yml')];
      patroni = run(command, path.join(directory, 'log'), { ...account, cwd: directory });
    },
    kill: () => send('SIGKILL'),
    freeze: () => send('SIGSTOP'),
    thaw: () => send('SIGCONT'),
  };
}

/** Returns the ids of Patroni, the postmaster and all that they started. */
function processesOf(patroni: number | undefined, pidFile: string): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const parent = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {}
  }
  const found = new Set<number>();
  const queue = [patroni, postmaster(pidFile)].filter((pid) => pid !== undefined);
  for (let pid = queue.pop(); pid !== undefined; pid = queue.pop()) {
    if (found.has(pid)) continue;
    found.add(pid);
    queue.push(...(children.get(pid) ?? []));
  }
  return [...found];
}

/** A file of an earlier run of the server may name another process by now. */
function postmaster(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0]);
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path.dirname(pidFile)) ? pid : undefined;
  } catch {
    return undefined;
  }
}
