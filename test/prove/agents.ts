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
import { press } from '../agents/stage.ts';
import { end } from '../support/at-end.ts';
import { createBrowser } from '../support/browser.ts';
import { startDocumentHost } from '../support/document-host.ts';
import { freePort } from '../support/world.ts';
import { clients, type McpClient, type Place, redirectUrl } from './agents/clients.ts';
import { listenAt, type Wire } from './agents/wire.ts';
import { binaries, startServer } from './environments/servers.ts';

// npm run prove:agents [-- folder of installed packages [-- part of a name]]. The clients of the Model Context Protocol that
// docs/agents.md lists, unmodified and with their own OAuth: each finds the way in, is known by its document or registers
// itself, signs a person in, lists the tools, is told to connect, reads, reads again after an hour without the person,
// and is told to ask before it changes something.

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
  const wanted = [...new Set(clients.flatMap(({ packages }) => packages))];
  await run('npm', ['install', '--prefix', folder, ...flags, ...wanted], { timeout: 600_000 });
}

interface Walk {
  readonly place: Omit<Place, 'home' | 'signIn'>;
  readonly directory: string;
  readonly wire: Wire;
}

interface Outcome {
  readonly revision: string;
  readonly knownBy: string;
  readonly passed: readonly string[];
  readonly failure?: string;
}

let people = 0;

/** Walks one client through all steps, up to the first that fails. */
async function walk(client: McpClient, { place, directory, wire }: Walk): Promise<Outcome> {
  people += 1;
  const user = `visitor-${people}`;
  const home = await mkdtemp(path.join(directory, 'home-'));
  const browser = createBrowser({ stopAt: [redirectUrl] });
  const passed: string[] = [];
  let revision = '';
  let knownBy = '';
  const step = (name: string, is: unknown, otherwise: string) => {
    if (!is) throw new Error(`${name}: ${otherwise}`);
    passed.push(name);
  };
  const signIn: Place['signIn'] = async (address) => {
    const url = new URL(address);
    knownBy = url.searchParams.get('client_id')?.startsWith('https:') ? 'document' : 'registration';
    url.searchParams.set('connection', 'google');
    const { url: arrived, text } = await press(browser, await browser.open(url), user);
    if (!arrived.searchParams.has('code'))
      throw new Error(`no callback: ${arrived.href} ${text.slice(0, 300)}`);
    return arrived;
  };
  wire.clear();
  try {
    const opened = await client.open({ ...place, home, signIn });
    try {
      const names = await opened.list();
      const found = ['protected-resource/mcp', 'authorization-server'].map((name) =>
        wire.count(`/.well-known/oauth-${name}`, 200),
      );
      step('discover', !found.includes(0), 'it has read no metadata');
      const registered = wire.count('/oauth/register', 201) > 0;
      step('known', knownBy === (registered ? 'registration' : 'document'), 'it is not known');
      step('sign in', wire.count('/oauth/token', 200) > 0, 'it has redeemed no code');
      step('list', names.length === 6, names.join(', ') || 'no tools');
      const read = { account: 'github', path: '/user' };
      const asked = await opened.call('call_api', read);
      const [link] = /http:\/\/localhost:\d+\/account\/connect\?ticket=[\w-]+/.exec(asked) ?? [];
      step('told to connect', link, asked.slice(0, 300));
      await press(browser, await browser.open(link ?? ''), user);
      const answer = await opened.call('call_api', read);
      step('call again', /"login\\*"/.test(answer), answer.slice(0, 300));
      wire.clear();
      process.env.CLOCK_SKEW = String(Number(process.env.CLOCK_SKEW) + 65 * 60);
      const later = await opened.call('call_api', read);
      const unasked = wire.count('/authorize') === 0 && wire.count('/oauth/token', 200) > 0;
      step('an hour later', unasked && /"login\\*"/.test(later), later.slice(0, 300));
      const change = { ...read, method: 'PATCH', body: '{}', reason: 'to see' };
      const question = await opened.call('change_api', change);
      step('told to ask', question.includes('/account/approvals/'), question.slice(0, 300));
      revision = wire.revision();
    } finally {
      await opened.close();
    }
    return { revision, knownBy, passed };
  } catch (error) {
    return { revision: wire.revision(), knownBy, passed, failure: String(error).split('\n')[0] ?? '' };
  }
}

// The clock of this process moves: the broker's, oidc-provider's, and that of the clients within it.
process.env.CLOCK_SKEW = '0';
await import('../support/skewed-clock.ts');
const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-agents-'));
await chmod(directory, 0o711);
const [, , given, only = ''] = process.argv;
await using opened = new AsyncDisposableStack();
opened.defer(() => rm(directory, { recursive: true, force: true }));
const folder = given ?? path.join(directory, 'packages');
await install(folder);
const [bin = ''] = binaries();
const server = await startServer(bin, path.join(directory, 'server'));
opened.defer(() => server.stop());
const { database } = await openDatabase({ url: server.url, directUrl: undefined, poolSize: 10 });
opened.defer(() => database.close());
const port = await freePort();
const issuer = `http://localhost:${port}`;
const lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
opened.defer(() => lab.close());
opened.defer(() => end());
const host = await startDocumentHost();
const broker = await createBroker({
  issuer,
  trustedProxyHops: 0,
  allowLoopbackHosts: true,
  allowedPrivateHosts: ['localhost', '127.0.0.1', host.domain],
  adminApiToken: undefined,
  mcp: true,
  spillDirectory: path.join(directory, 'spills'),
  database,
  keyring: createKeyring([{ id: 'walk', key: randomBytes(32) }]),
  clock: systemClock,
  log: createLog('silent'),
});
opened.defer(() => broker.close());
await broker.listen(port, '127.0.0.1');
await registerLab(broker, lab);
await broker.issuance.admission.replace({ domains: [host.domain], dynamicRegistration: true });
const wire = listenAt(port);
const url = `${issuer}/mcp`;
let documents = 0;
const document: Place['document'] = (redirectUris) => {
  documents += 1;
  return host.serve(`/client-${documents}`, { client_name: 'Walk', redirect_uris: redirectUris });
};
const rows = [['client', 'package', 'revision', 'known by', 'steps passed']];
for (const client of clients.filter(({ name }) => name.includes(only))) {
  const { revision, knownBy, passed, failure } = await walk(client, {
    place: { url, folder, document },
    directory,
    wire,
  });
  if (failure !== undefined) process.exitCode = 1;
  process.stdout.write(`${client.name}: ${failure ?? passed.join(', ')}\n`);
  const steps = `${passed.length} of 8${failure === undefined ? '' : `, then ${failure.slice(0, 80)}`}`;
  rows.push([client.name, String(client.packages[0]), revision, knownBy, steps]);
}
process.stdout.write(`\n${tableOf(rows)}`);
