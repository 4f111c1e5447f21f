import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { freePorts } from '../chaos/stage.ts';
import { createBrowser } from '../support/browser.ts';
import { startCoverage } from './coverage.ts';

// npm run house:files-entered [-- --at DIR] [--json]. Starts developer mode with the lab, signs a person in, and prints the
// files of `src` of which one retrieval of a fresh provider token calls a function, as V8 counts calls. Two requests fill
// the caches first. Timers call functions too, so that a file must be entered by each of five requests.

const { values } = parseArgs({
  options: { at: { type: 'string', default: '.' }, json: { type: 'boolean' } },
});
const root = path.resolve(values.at);
const redirectUri = 'https://app.example/callback';
const opened = new AsyncDisposableStack();
try {
  const files = await filesEntered();
  const lines = [`files of src entered by one retrieval of a fresh token: ${files.length}`, ...files];
  process.stdout.write(values.json ? `${JSON.stringify(files, null, 2)}\n` : `${lines.join('\n')}\n`);
} finally {
  await opened.disposeAsync();
}

interface Broker {
  readonly issuer: string;
  readonly lab: string;
  readonly adminToken: string;
  readonly inspector: string;
}

async function filesEntered(): Promise<readonly string[]> {
  const broker = await startBroker();
  const token = await signIn(broker);
  const retrieve = async () => {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${broker.issuer}/v1/me/identities/google/token`, { headers });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`no provider token: ${response.status} ${text}`);
  };
  const coverage = await startCoverage(broker.inspector);
  opened.defer(() => coverage.close());
  const base = `${pathToFileURL(root)}/`;
  let common: readonly string[] | undefined;
  await retrieve();
  await retrieve();
  for (let tries = 0; tries < 5; tries += 1) {
    await pause(300);
    await coverage.take();
    await retrieve();
    const called = await coverage.take();
    common = called.filter((url) => common?.includes(url) ?? true);
  }
  const own = common?.filter((url) => url.startsWith(`${base}src/`) && !url.includes('/generated/')) ?? [];
  return own.map((url) => url.slice(base.length)).sort();
}

/** Starts the broker with the lab, like `npm start` without a database. */
async function startBroker(): Promise<Broker> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-house-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const [port = 0, labPort = 0] = await freePorts(2);
  const adminToken = randomBytes(24).toString('base64url');
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', 'src/main.mjs'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      PATH: process.env.PATH,
      PORT: String(port),
      LAB_PORT: String(labPort),
      DATA_DIR: directory,
      ADMIN_API_TOKEN: adminToken,
      SYMBOLON_DEMO: '0',
      SHUTDOWN_DELAY: '0',
    },
  });
  opened.defer(() => stop(child));
  const inspector = await inspectorOf(child);
  const issuer = `http://localhost:${port}`;
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`the broker has ended with ${child.exitCode}`);
    const ready = await fetch(`${issuer}/readyz`).catch(() => undefined);
    if (ready?.ok) return { issuer, lab: `http://localhost:${labPort}`, adminToken, inspector };
    await pause(100);
  }
  throw new Error('the broker is not ready after a minute');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  await exited;
}

async function inspectorOf({ stderr }: ChildProcess): Promise<string> {
  if (!stderr) throw new Error('standard error is not piped');
  const said: string[] = [];
  for await (const line of createInterface({ input: stderr })) {
    const [, url] = /^Debugger listening on (ws:\S+)/.exec(line) ?? [];
    said.push(line);
    if (url) {
      // The output must be read, or a full pipe would block the broker.
      stderr.resume();
      return url;
    }
  }
  throw new Error(`no inspector: ${said.join('\n')}`);
}

/** Returns an access token with the scope `idp:google`, for a first-party app and a person of the lab. */
async function signIn({ issuer, lab, adminToken }: Broker): Promise<string> {
  const app = await register(issuer, adminToken);
  const verifier = randomBytes(32).toString('base64url');
  const browser = createBrowser({ stopAt: [`${lab}/`, redirectUri] });
  const url = new URL('/authorize', issuer);
  url.search = new URLSearchParams({
    client_id: app.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: 'openid idp:google',
    connection: 'google',
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const { url: away } = await browser.open(url);
  away.searchParams.set('lab_user', 'lin');
  away.searchParams.set('lab_auto', '1');
  const back = await browser.open(away);
  const code = back.url.searchParams.get('code');
  if (!code) throw new Error(`no code: ${back.status} ${back.url.href} ${back.text.slice(0, 200)}`);
  const answer = await fetch(`${issuer}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${app.client_id}:${app.client_secret}`)}` },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  });
  if (answer.status !== 200) throw new Error(`no tokens: ${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { access_token: string }).access_token;
}

interface App {
  readonly client_id: string;
  readonly client_secret: string;
}

/** Retries for 10 s: the lab's connections are created after the broker listens. */
async function register(issuer: string, adminToken: string): Promise<App> {
  const app = {
    name: 'House',
    redirect_uris: [redirectUri],
    type: 'web',
    first_party: true,
    connections: [{ connection: 'google' }],
  };
  for (let tries = 1; ; tries += 1) {
    const created = await fetch(`${issuer}/admin/v1/apps`, {
      method: 'POST',
      headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
      body: JSON.stringify(app),
    });
    if (created.status === 201) return (await created.json()) as App;
    if (tries === 50) throw new Error(`no app: ${created.status} ${await created.text()}`);
    await pause(200);
  }
}
