import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../../src/assembly/embedded-postgres.ts';
import { createLab, type RunningLab } from '../../../src/lab/lab.ts';
import { startBroker } from '../../chaos/broker-process.ts';
import { freePorts } from '../../chaos/stage.ts';
import { createBrowser, type Page } from '../../support/browser.ts';
import { providers } from './providers.ts';

/** One PostgreSQL for all, the lab, and this broker with an app that may act in the background. */
export interface Stage {
  readonly directory: string;
  readonly lab: RunningLab;
  readonly pool: pg.Pool;
  /** The ports of the peers, whose addresses the lab knows. */
  readonly ports: readonly number[];
  /** Creates a database for a peer. Returns its URL. */
  newDatabase(name: string): Promise<string>;
  /** Runs the command line as an operator does. With `until`, the process is killed as soon as it resolves. */
  symbolon(args: readonly string[], until?: Until): Promise<CommandResult>;
  /** Signs a person in, or returns the broker's refusal. */
  signIn(connection: string, person: string): Promise<SignedIn>;
  /** Returns the number of users here. */
  users(): Promise<number>;
  /** Retrieves a provider token in the background. */
  token(userId: string, connection: string, query?: string): Promise<TokenAnswer>;
  /** Calls the lab's control API. */
  control(at: string, body?: unknown): Promise<void>;
}

/** Resolves at the moment to kill a process. The signal is aborted once the process has ended. */
export type Until = (ended: AbortSignal) => Promise<void>;

export interface CommandResult {
  readonly code: number | null;
  readonly killed: boolean;
  readonly text: string;
}

export type SignedIn = { readonly userId: string } | { readonly refusal: string };

export interface TokenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

const callback = 'https://app.example/callback';
const patience = 60_000;

export function say(words: string): void {
  process.stderr.write(`[${String(Math.round(performance.now() / 1000)).padStart(3)} s] ${words}\n`);
}

export async function setStage(peers: number, opened: AsyncDisposableStack): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-peers-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(postgres.stop);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());
  const [port = 0, ...ports] = await freePorts(1 + peers);
  const issuer = `http://localhost:${port}`;
  const redirectOrigins = [issuer, ...ports.map((peer) => `http://localhost:${peer}`)];
  const lab = await createLab({ redirectOrigins }).listen(0);
  opened.defer(() => lab.close());
  const adminToken = randomBytes(24).toString('base64url');
  const environment = {
    PUBLIC_URL: issuer,
    HOST: '127.0.0.1',
    ENCRYPTION_KEYS: `peers:${randomBytes(32).toString('base64')}`,
    ADMIN_API_TOKEN: adminToken,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    DATA_DIR: path.join(directory, 'data'),
    FLOOD_LIMIT_ADDRESS: '0',
  };
  const logFile = path.join(directory, 'broker.log');
  const broker = startBroker({ label: 'peers', port, databaseUrl: postgres.url, logFile, environment });
  opened.defer(async () => {
    broker.kill('SIGTERM');
    await Promise.race([broker.exited, pause(10_000).then(() => broker.kill('SIGKILL'))]);
  });
  for (const until = performance.now() + patience; !broker.isReady(); await pause(100))
    if (performance.now() > until)
      throw new Error(`the broker does not start:\n${await readFile(logFile, 'utf8')}`);
  const app = await registerApp({ issuer, adminToken, lab });
  // Grants are judged by their time in whole seconds: strictly later than the connection (decision 042).
  await pause(1_100);
  const env = {
    PATH: process.env.PATH ?? '',
    NODE_ENV: 'development',
    ...environment,
    DATABASE_URL: postgres.url,
  };
  return {
    directory,
    lab,
    pool,
    ports,
    ...app,
    async users() {
      return (await pool.query<{ n: number }>('SELECT count(*)::int AS n FROM "user"')).rows[0]?.n ?? 0;
    },
    async newDatabase(name) {
      await pool.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
      return Object.assign(new URL(postgres.url), { pathname: `/${name}` }).href;
    },
    symbolon: (args, until) => run(env, args, until),
    async control(at, body = {}) {
      const answer = await fetch(`${lab.url}/control/${at}`, { method: 'POST', body: JSON.stringify(body) });
      if (!answer.ok) throw new Error(`lab control ${at}: ${answer.status} ${await answer.text()}`);
    },
  };
}

async function run(
  env: Readonly<Record<string, string>>,
  args: readonly string[],
  until?: Until,
): Promise<CommandResult> {
  const command = ['--disable-warning=ExperimentalWarning', 'src/cli.ts', ...args];
  const child = spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk);
    });
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  const ended = new AbortController();
  void until?.(ended.signal).then(
    () => child.kill('SIGKILL'),
    () => undefined,
  );
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
    child.once('close', (...how) => resolve(how)),
  );
  clearTimeout(timer);
  ended.abort();
  return { code, killed: signal === 'SIGKILL', text };
}

interface Service {
  readonly issuer: string;
  readonly adminToken: string;
  readonly lab: RunningLab;
}

/** Creates a connection for each provider, with the client that the peers use, and an app. */
async function registerApp(service: Service): Promise<Pick<Stage, 'signIn' | 'token'>> {
  const { issuer, lab } = service;
  const used = lab.connections().filter((one) => providers.some(({ name }) => name === one.name));
  for (const { name: alias, provider, clientId, clientSecret, endpoints, options, scopes } of used)
    await admin(service, '/connections', {
      ...{ alias, provider, client_id: clientId, client_secret: clientSecret, endpoints, options },
      ...(scopes.length > 0 && { scopes }),
    });
  const { client_id: clientId, client_secret: clientSecret } = await admin(service, '/apps', {
    name: 'Shop',
    redirect_uris: [callback],
    type: 'web',
    first_party: true,
    connections: used.map(({ name }) => ({ connection: name, background: true })),
  });
  const tokens = async (form: Record<string, string>) => {
    const authorization = `Basic ${btoa(`${clientId}:${clientSecret}`)}`;
    const body = new URLSearchParams(form);
    const answer = await fetch(`${issuer}/oauth/token`, { method: 'POST', body, headers: { authorization } });
    if (!answer.ok) throw new Error(`no tokens: ${form.grant_type} ${answer.status} ${await answer.text()}`);
    return ((await answer.json()) as { access_token: string }).access_token;
  };
  const scope = used.map(({ name }) => `idp:${name}`).join(' ');
  const acting = await tokens({ grant_type: 'client_credentials', scope });
  const api = async (at: string, bearer: string) => {
    const headers = { authorization: `Bearer ${bearer}`, 'symbolon-reason': 'the import is tried' };
    const answer = await fetch(`${issuer}${at}`, { headers });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };
  return {
    token: (userId, connection, query = '') =>
      api(`/v1/users/${userId}/identities/${connection}/token${query}`, acting),
    async signIn(connection, person) {
      const verifier = randomBytes(32).toString('base64url');
      const back = await authorize(service, { clientId: String(clientId), connection, person, verifier });
      const code = back.url.searchParams.get('code');
      // The broker's own callback has a code too, the provider's.
      if (!back.stopped || code === null)
        return { refusal: `${back.url.searchParams.get('error')} ${back.status} ${back.text}` };
      const grant = { code, redirect_uri: callback, code_verifier: verifier };
      const own = await tokens({ grant_type: 'authorization_code', ...grant });
      return { userId: String((await api('/v1/me', own)).body.id) };
    },
  };
}

async function admin(
  { issuer, adminToken }: Service,
  at: string,
  body: unknown,
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${issuer}/admin/v1${at}`, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${adminToken}` },
  });
  if (answer.status !== 201) throw new Error(`admin ${at}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

interface Ask {
  readonly clientId: string;
  readonly connection: string;
  readonly person: string;
  readonly verifier: string;
}

async function authorize(
  { issuer, lab }: Service,
  { clientId, connection, person, verifier }: Ask,
): Promise<Page> {
  const browser = createBrowser({ stopAt: [`${lab.url}/`, callback] });
  const url = new URL('/authorize', issuer);
  url.search = new URLSearchParams({
    client_id: clientId,
    redirect_uri: callback,
    response_type: 'code',
    scope: `openid idp:${connection}`,
    connection,
    state: 's',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const away = await browser.open(url);
  if (!away.stopped) throw new Error(`not sent to ${connection}: ${away.status} ${away.text.slice(0, 200)}`);
  away.url.searchParams.set('lab_user', person);
  away.url.searchParams.set('lab_auto', '1');
  return await browser.open(away.url);
}
