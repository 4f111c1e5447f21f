import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import * as oidc from 'openid-client';
import { type Broker, createBroker } from '../../src/assembly/broker.ts';
import { registerLab } from '../../src/assembly/developer-mode.ts';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createLog } from '../../src/kit/log.ts';
import { createLab } from '../../src/lab/lab.ts';
import { createBrowser } from '../support/browser.ts';

// npm run prove:pooler. Runs two brokers whose PostgreSQL is behind PgBouncer in transaction mode with three
// server connections: a sign-in, then fifty retrievals at a time of an expired token. Needs `pgbouncer` on
// the PATH.

const opened = new AsyncDisposableStack();
try {
  process.exitCode = (await prove()) ? 0 : 1;
} finally {
  await opened.disposeAsync();
}

async function prove(): Promise<boolean> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-pooler-'));
  await chmod(directory, 0o777);
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(() => postgres.stop());
  await applyMigrations(postgres.url);
  const pooled = await startPgBouncer(directory, new URL(postgres.url));

  const port = await freePort();
  const issuer = `http://localhost:${port}`;
  const lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
  opened.defer(() => lab.close());
  const keyring = createKeyring([{ id: 'pooler', key: randomBytes(32) }]);
  const brokers: { broker: Broker; database: Database; url: string }[] = [];
  for (const at of [port, await freePort()]) {
    const database = createDatabase({ url: pooled, directUrl: postgres.url, poolSize: 10 });
    opened.defer(() => database.close());
    const broker = await createBroker({
      issuer,
      trustedProxyHops: 0,
      allowLoopbackHosts: true,
      allowedPrivateHosts: ['localhost'],
      adminApiToken: undefined,
      spillDirectory: path.join(directory, 'unsaved'),
      database,
      keyring,
      clock: systemClock,
      log: createLog('error'),
    });
    opened.defer(() => broker.close());
    await broker.listen(at, '127.0.0.1');
    brokers.push({ broker, database, url: `http://localhost:${at}` });
  }
  const [first] = brokers;
  if (!first) return false;
  await registerLab(first.broker, lab);
  const token = await signIn(issuer, first.broker);
  await pause(2_500);

  const answers: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    await first.database.pool.query(
      `UPDATE vault_entry SET access_expires_at = now() - interval '1 s', last_refreshed_at = NULL`,
    );
    const asked = Array.from({ length: 50 }, (_, index) =>
      fetch(`${brokers[index % 2]?.url}/v1/me/identities/wechat/token`, {
        headers: { authorization: `Bearer ${token}` },
      }),
    );
    answers.push(...(await Promise.all(asked)).map(({ status }) => status));
  }
  const control = (await (await fetch(`${lab.url}/control/wechat`)).json()) as {
    counters: { refresh: number };
  };
  const well = answers.filter((status) => status === 200).length;
  process.stdout.write(
    `retrievals ${answers.length}, answered 200: ${well}, refreshes: ${control.counters.refresh} of 5\n`,
  );
  return well === answers.length && control.counters.refresh === 5;
}

async function startPgBouncer(directory: string, server: URL): Promise<string> {
  const port = await freePort();
  await writeFile(path.join(directory, 'users'), `"postgres" "${server.password}"\n`);
  const settings = [
    '[databases]',
    `postgres = host=127.0.0.1 port=${server.port} dbname=postgres`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${port}`,
    'unix_socket_dir =',
    'auth_type = plain',
    `auth_file = ${path.join(directory, 'users')}`,
    'pool_mode = transaction',
    'verbose = 0',
    'log_connections = 0',
    'log_disconnections = 0',
    'default_pool_size = 3',
  ];
  const file = path.join(directory, 'pgbouncer.ini');
  await writeFile(file, `${settings.join('\n')}\n`);
  const asRoot = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child = spawn('pgbouncer', [...asRoot, file], { stdio: 'ignore' });
  opened.defer(() => void child.kill('SIGINT'));
  await pause(1_000);
  return `postgresql://postgres:${server.password}@127.0.0.1:${port}/postgres`;
}

async function signIn(issuer: string, { issuance }: Broker): Promise<string> {
  const redirectUri = 'https://app.example/callback';
  const { app, clientSecret } = await issuance.apps.create({
    name: 'Pooler',
    type: 'web',
    firstParty: true,
    redirectUris: [redirectUri],
    connections: [{ connection: 'wechat' }],
  });
  const insecure = { execute: [oidc.allowInsecureRequests] };
  const configuration = await oidc.discovery(
    new URL(issuer),
    app.id,
    clientSecret?.reveal(),
    undefined,
    insecure,
  );
  const verifier = oidc.randomPKCECodeVerifier();
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: redirectUri,
    scope: 'openid idp:wechat',
    connection: 'wechat',
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  });
  const browser = createBrowser({ stopAt: [redirectUri] });
  let page = await browser.open(url);
  for (let steps = 0; steps < 4 && !page.stopped; steps += 1) page = await browser.submit(page);
  return (await oidc.authorizationCodeGrant(configuration, page.url, { pkceCodeVerifier: verifier }))
    .access_token;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0));
    });
  });
}
