import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { createBroker } from '../../src/assembly/broker.ts';
import { registerLab } from '../../src/assembly/developer-mode.ts';
import { tableOf } from '../../src/cli/table.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { openDatabase } from '../../src/kit/database/open-database.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createLab } from '../../src/lab/lab.ts';
import { openLink, startAgent } from '../agents/stage.ts';
import { freePort, type World } from '../support/world.ts';
import { clients, type McpClient } from './agents/clients.ts';
import { binaries, startServer } from './environments/servers.ts';

// npm run prove:agents [-- folder of installed packages]. Six clients of the Model Context Protocol from npm, unmodified and
// none of them a dependency: each lists the tools, reads, is told to connect, passes the link on, and reads again. The
// official library and mcp-remote walk the same in test/agents.

const run = promisify(execFile);

/** Installs the clients into a folder of their own. */
async function install(folder: string): Promise<void> {
  const isThere = await access(path.join(folder, 'node_modules')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--legacy-peer-deps'];
  const wanted = clients.flatMap(({ packages }) => packages);
  await run('npm', ['install', '--prefix', folder, ...flags, ...wanted], { timeout: 600_000 });
}

/** Walks one client. @throws naming the first step that fails */
async function walk(world: World, client: McpClient, folder: string): Promise<void> {
  const agent = await startAgent(world);
  const at = { url: `${world.issuer}/mcp`, token: agent.token(), folder };
  const opened = await client.open(at);
  try {
    const names = await opened.list();
    if (names.length !== 6) throw new Error(`it lists ${names.join(', ') || 'no tools'}`);
    const read = { account: 'github', path: '/user' };
    const asked = await opened.call('call_api', read);
    const [link] = /http:\/\/localhost:\d+\/account\/connect\?ticket=[\w-]+/.exec(asked) ?? [];
    if (link === undefined) throw new Error(`it passes no link on: ${asked.slice(0, 300)}`);
    await openLink(agent, link);
    const answer = await opened.call('call_api', read);
    if (!/"login\\*"/.test(answer)) throw new Error(`it reads nothing: ${answer.slice(0, 300)}`);
  } finally {
    await opened.close();
  }
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-agents-'));
await chmod(directory, 0o711);
const rows: string[][] = [['client', 'packages', 'outcome']];
await using opened = new AsyncDisposableStack();
opened.defer(() => rm(directory, { recursive: true, force: true }));
const folder = process.argv[2] ?? path.join(directory, 'packages');
await install(folder);
const [bin = ''] = binaries();
const server = await startServer(bin, path.join(directory, 'server'));
opened.defer(() => server.stop());
const { database } = await openDatabase({ url: server.url, directUrl: undefined, poolSize: 10 });
opened.defer(() => database.close());
const issuer = `http://localhost:${await freePort()}`;
const lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
opened.defer(() => lab.close());
const broker = await createBroker({
  issuer,
  trustedProxyHops: 0,
  allowLoopbackHosts: true,
  allowedPrivateHosts: ['localhost', '127.0.0.1'],
  adminApiToken: undefined,
  mcp: true,
  spillDirectory: path.join(directory, 'spills'),
  database,
  keyring: createKeyring([{ id: 'walk', key: randomBytes(32) }]),
  clock: systemClock,
  log: createLog('silent'),
});
opened.defer(() => broker.close());
await broker.listen(Number(new URL(issuer).port), '127.0.0.1');
await registerLab(broker, lab);
const world = { issuer, broker, remember: () => undefined } as unknown as World;
for (const client of clients) {
  const outcome = await walk(world, client, folder).then(
    () => 'connects and reads',
    (error: unknown) => `FAILS: ${String(error).split('\n')[0]}`,
  );
  process.stdout.write(`${client.name}: ${outcome}\n`);
  rows.push([client.name, client.packages.join(' '), outcome]);
}
process.stdout.write(`\n${tableOf(rows)}`);
process.exitCode = rows.some(([, , outcome = '']) => outcome.startsWith('FAILS')) ? 1 : 0;
