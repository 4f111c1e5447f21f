import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs, promisify } from 'node:util';
import pg from 'pg';
import { cpuOf, cpuOfPostgres, memoryOf } from './cpu.ts';
import { seedBetterAuth, type Visitor } from './peers/better-auth-seed.ts';
import { type Measure, report } from './report.ts';
import { ask, type Exchange, sendRequests } from './request-load.ts';
import { type Person, seed } from './seed.ts';
import { asBroker, production, type Server, startPostgres, startServer } from './servers.ts';

// npm run bench:peers. Better Auth from npm beside the broker: both hand out the same stored Google tokens, which are encrypted at
// rest, from one PostgreSQL server, in alternating rounds. Nothing of it becomes a dependency: it is installed in the bench's own folder.

const betterAuthVersion = '1.7.25';

const { values } = parseArgs({
  options: {
    /** The people whose tokens are asked for in turn. */
    distinct: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    connections: { type: 'string', default: '32,1' },
    /** The folder in which the package is installed already. */
    packages: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const sides = ['better-auth', 'symbolon'] as const;
type Side = (typeof sides)[number];

const opened = new AsyncDisposableStack();
try {
  const stage = await setStage();
  for (const connections of values.connections.split(',').map(Number)) await compare(stage, connections);
} finally {
  await opened.disposeAsync();
}

/** Installs the package into a folder of its own. */
async function install(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund'];
  const wanted = `better-auth@${betterAuthVersion}`;
  await promisify(execFile)('npm', ['install', '--prefix', folder, ...flags, wanted], { timeout: 180_000 });
  return folder;
}

async function setStage() {
  const postgres = await startPostgres(opened);
  const { directory, databaseUrl, postmaster } = postgres;
  const folder = values.packages ?? (await install(path.join(directory, 'packages')));
  const key = randomBytes(32);
  const users = Number(values.distinct);
  process.stdout.write(`seeding ${users} people at both …\n`);
  const { people, alias } = await seed({ issuer, databaseUrl, key: { id: 'bench', key }, users, directory });
  const secret = randomBytes(32).toString('base64url');
  const peerUrl = await newDatabase(databaseUrl);
  const visitors = await seedBetterAuth({ folder, databaseUrl: peerUrl, secret, people });
  const broker = await startServer(opened, production, asBroker(postgres, { issuer, key }));
  const peer = await startServer(opened, { file: 'bench/peers/better-auth-server.ts' }, (port) => ({
    arguments: [folder, peerUrl, String(port), secret],
    environment: { NODE_ENV: 'production' },
  }));
  const servers: Record<Side, Server> = { symbolon: broker, 'better-auth': peer };
  const next: Record<Side, () => Exchange> = {
    symbolon: inTurn(people, (person) => brokerExchange(person, alias)),
    'better-auth': inTurn(visitors, (visitor) => peerExchange(visitor, peer.port)),
  };
  for (const side of sides) {
    const { request, accept } = next[side]();
    accept(await ask(servers[side].port, request));
  }
  return { servers, next, postmaster, people: people.length };
}

type Stage = Awaited<ReturnType<typeof setStage>>;

async function newDatabase(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query('CREATE DATABASE better_auth');
  await client.end();
  return Object.assign(new URL(databaseUrl), { pathname: '/better_auth' }).href;
}

function inTurn<Item>(items: readonly Item[], exchange: (item: Item) => Exchange): () => Exchange {
  let turn = 0;
  return () => {
    const item = items[turn++ % items.length];
    if (item === undefined) throw new Error('no person to ask for');
    return exchange(item);
  };
}

function expecting(text: string): (answer: string) => void {
  return (answer) => {
    if (!answer.includes(text)) throw new Error(`a wrong answer: ${answer.slice(0, 600)}`);
  };
}

function brokerExchange({ bearer, providerToken }: Person, alias: string): Exchange {
  const request = `GET /v1/me/identities/${alias}/token HTTP/1.1\r\nHost: broker.example\r\nAuthorization: Bearer ${bearer}\r\n\r\n`;
  return { request, accept: expecting(providerToken) };
}

function peerExchange({ cookie, accountId, providerToken }: Visitor, port: number): Exchange {
  const body = JSON.stringify({ accountId });
  const lines = [
    'POST /api/auth/get-access-token HTTP/1.1',
    `Host: localhost:${port}`,
    `Origin: http://localhost:${port}`,
    `Cookie: ${cookie}`,
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
  ];
  return { request: `${lines.join('\r\n')}\r\n\r\n${body}`, accept: expecting(providerToken) };
}

/** Warms both servers up, then measures them in alternating rounds. */
async function compare({ servers, next, postmaster, people }: Stage, connections: number): Promise<void> {
  const measures: Record<Side, Measure[]> = { symbolon: [], 'better-auth': [] };
  const loaded = async (side: Side, milliseconds: number) => {
    const load = await sendRequests(servers[side].port, next[side], { connections, milliseconds });
    // Writes that follow the answers count as part of their cost.
    await pause(250);
    return load;
  };
  await loaded('better-auth', 2_000);
  // Each person is asked for once before, so that the rounds show what goes on and not the first reads. The peer keeps nothing
  // between requests.
  for (let asked = 0; asked < people; ) asked += (await loaded('symbolon', 2_000)).requests;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const side of sides) {
      const { pid } = servers[side];
      const before = { server: cpuOf(pid), postgres: cpuOfPostgres(postmaster) };
      const load = await loaded(side, Number(values.seconds) * 1000);
      const server = cpuOf(pid) - before.server;
      const postgres = cpuOfPostgres(postmaster) - before.postgres;
      measures[side].push({ ...load, server, postgres, memory: memoryOf(pid) });
    }
  }
  process.stdout.write(`\n${people} people in turn, Better Auth ${betterAuthVersion}\n`);
  const [base, other] = [
    { name: 'Better A', measures: measures['better-auth'] },
    { name: 'Symbolon', measures: measures.symbolon },
  ];
  process.stdout.write(report(connections, [base, other]));
}
