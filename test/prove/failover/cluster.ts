import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { freePorts } from '../../chaos/stage.ts';
import { type Account, type ClusterNode, createNode, run } from './node.ts';
import { haproxySettings, patroniSettings, pgbouncerSettings } from './settings.ts';

/** Three PostgreSQL servers under Patroni, with a synchronous standby, three members of etcd, HAProxy and PgBouncer. */
export interface Cluster {
  readonly nodes: readonly ClusterNode[];
  readonly version: string;
  /** Returns the nodes by their roles. @throws when there is no primary */
  roles(): Promise<{ primary: ClusterNode; synchronous: ClusterNode }>;
  /** Waits until three nodes run and one standby is synchronous. */
  untilWhole(): Promise<void>;
  switchOver(): Promise<void>;
  /** Stops two members of etcd, or lets them go on. */
  loseQuorum(): void;
  regainQuorum(): void;
  /** Returns the addresses for a role. */
  urlsOf(role: string, database: string): Readonly<Record<Way, Address>>;
  /** Returns the address of one node. */
  nodeUrl(node: ClusterNode, database: string): string;
}

export type Way = 'hosts' | 'haproxy' | 'pgbouncer';

export interface Address {
  readonly url: string;
  readonly direct?: string;
}

export const password = 'proof';
const programs = ['patroni', 'etcd', 'haproxy', 'pgbouncer'];

/** Returns what is missing on this machine; undefined if all is there. */
export function missingPrograms(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(':'), '/usr/sbin'];
  const missing = programs.filter((name) => !folders.some((folder) => existsSync(path.join(folder, name))));
  if (!serverPrograms()) missing.push('pg_rewind');
  if (missing.length === 0) return undefined;
  return `missing: ${missing.join(', ')}. On Debian: apt-get install patroni etcd-server haproxy pgbouncer postgresql`;
}

/** The packages of npm have no pg_basebackup and no pg_rewind, which Patroni needs. */
function serverPrograms(): string | undefined {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : [];
  return versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `/usr/lib/postgresql/${version}/bin`)
    .find((folder) => existsSync(path.join(folder, 'pg_rewind')));
}

export async function startCluster(
  directory: string,
  ttl: number,
  opened: AsyncDisposableStack,
): Promise<Cluster> {
  const programsFolder = serverPrograms() ?? '';
  const ports = await freePorts(3 + 3 + 6 + 2);
  const [proxyPort = 0, poolerPort = 0, ...others] = ports;
  const [databasePorts, apiPorts, etcdPorts] = [others.slice(0, 3), others.slice(3, 6), others.slice(6)];
  const account = postgresAccount();

  const members = startEtcd(directory, etcdPorts, opened);
  const nodes = databasePorts.map((port, index) => {
    const name = `node${index + 1}`;
    const folder = path.join(directory, name);
    mkdirSync(folder, { mode: 0o700 });
    if (account.uid !== undefined && account.gid !== undefined) chownSync(folder, account.uid, account.gid);
    const api = apiPorts[index] ?? 0;
    const etcd = etcdPorts.filter((_, at) => at % 2 === 0);
    const settings = patroniSettings({
      name,
      folder,
      port,
      api,
      etcd,
      ttl,
      programs: programsFolder,
      password,
    });
    writeFileSync(path.join(folder, 'patroni.yml'), settings);
    return createNode({ name, port, api, directory: folder, account });
  });
  opened.defer(() => nodes.forEach((node) => void node.kill()));

  for (const node of nodes) node.start();
  const statuses = async (): Promise<readonly Status[]> => {
    const answers = nodes.map(async ({ api }) => {
      const answer = await fetch(`http://127.0.0.1:${api}/cluster`, { signal: AbortSignal.timeout(2_000) });
      return ((await answer.json()) as { members: readonly Status[] }).members;
    });
    return await Promise.any(answers).catch(() => []);
  };
  const node = (name: string | undefined) => nodes.find((one) => one.name === name);
  const roles = async () => {
    const all = await statuses();
    const primary = node(all.find(({ role }) => role === 'leader')?.name);
    const synchronous = node(all.find(({ role }) => role === 'sync_standby')?.name);
    if (!primary || !synchronous) throw new Error('the cluster has no primary, or no synchronous standby');
    return { primary, synchronous };
  };
  const untilWhole = async () => {
    for (let tries = 0; tries < 360; tries += 1) {
      const all = await statuses();
      const has = (role: string) => all.some((one) => one.role === role);
      const running = all.filter(({ state }) => state === 'running' || state === 'streaming').length;
      if (running === 3 && has('leader') && has('sync_standby')) return;
      await pause(500);
    }
    throw new Error(`the cluster does not become whole: ${JSON.stringify(await statuses())}`);
  };
  await untilWhole();

  const files = {
    haproxy: path.join(directory, 'haproxy.cfg'),
    pgbouncer: path.join(directory, 'pgbouncer.ini'),
  };
  writeFileSync(files.haproxy, haproxySettings(proxyPort, nodes));
  writeFileSync(path.join(directory, 'users'), `"broker" "${password}"\n`);
  writeFileSync(files.pgbouncer, pgbouncerSettings(poolerPort, proxyPort, path.join(directory, 'users')));
  const asNobody = account.uid === undefined ? [] : ['-u', 'postgres'];
  for (const command of [
    ['/usr/sbin/haproxy', '-db', '-f', files.haproxy],
    ['/usr/sbin/pgbouncer', ...asNobody, files.pgbouncer],
  ]) {
    const child = run(command, path.join(directory, 'proxies.log'), { cwd: directory });
    opened.defer(() => void child.kill('SIGKILL'));
  }

  const urlOf = (role: string, database: string, at: string) =>
    `postgresql://${role}:${password}@${at}/${database}`;
  return {
    nodes,
    version: execFileSync(path.join(programsFolder, 'postgres'), ['--version'], { encoding: 'utf8' }).trim(),
    roles,
    untilWhole,
    async switchOver() {
      const { primary, synchronous } = await roles();
      const answer = await fetch(`http://127.0.0.1:${primary.api}/switchover`, {
        method: 'POST',
        body: JSON.stringify({ leader: primary.name, candidate: synchronous.name }),
      });
      if (!answer.ok) throw new Error(`no switchover: ${answer.status} ${await answer.text()}`);
    },
    loseQuorum: () => members.slice(1).forEach((member) => void member.kill('SIGSTOP')),
    regainQuorum: () => members.slice(1).forEach((member) => void member.kill('SIGCONT')),
    urlsOf(role, database) {
      const of = (at: string) => urlOf(role, database, at);
      const proxy = of(`127.0.0.1:${proxyPort}`);
      return {
        hosts: { url: of(nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')) },
        haproxy: { url: proxy },
        pgbouncer: { url: of(`127.0.0.1:${poolerPort}`), direct: proxy },
      };
    },
    nodeUrl: ({ port }, database) => urlOf('postgres', database, `127.0.0.1:${port}`),
  };
}

interface Status {
  readonly name: string;
  readonly role: string;
  readonly state: string;
}

function startEtcd(directory: string, ports: readonly number[], opened: AsyncDisposableStack) {
  const members = [0, 1, 2].map((index) => ({
    name: `etcd${index}`,
    client: `http://127.0.0.1:${ports[2 * index]}`,
    peer: `http://127.0.0.1:${ports[2 * index + 1]}`,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  return members.map(({ name, client, peer }) => {
    const command = [
      ...['etcd', '--name', name, '--data-dir', path.join(directory, name), '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster],
      ...['--heartbeat-interval', '200', '--election-timeout', '2000', '--enable-v2=true'],
    ];
    const child = run(command, path.join(directory, 'etcd.log'), { cwd: directory });
    opened.defer(() => void child.kill('SIGKILL'));
    return child;
  });
}

function postgresAccount(): Partial<Account> {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres']));
  return { uid: id('-u'), gid: id('-g') };
}

/** Makes the database and the role of the brokers. */
export async function prepareDatabase(url: string, database: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(`CREATE ROLE broker LOGIN PASSWORD '${password}'`);
    await client.query(`CREATE DATABASE ${database} OWNER broker`);
  } finally {
    await client.end();
  }
}
