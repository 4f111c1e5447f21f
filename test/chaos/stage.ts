import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/kit/embedded-postgres.ts';
import { createKeyring, type Keyring } from '../../src/kit/keyring.ts';
import { applyMigrations } from '../../src/kit/migrate.ts';
import { createLab, type Lab, type RunningLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { startBalancer } from './balancer.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { installIntentJournal } from './intent-journal.ts';
import { createRandom } from './random.ts';

/** Three brokers on one PostgreSQL, a provider without mercy, and the address at which all of it is one service. */
export interface Stage {
  readonly issuer: string;
  readonly adminToken: string;
  readonly lab: RunningLab;
  readonly minted: Lab['minted'];
  readonly fleet: Fleet;
  readonly pool: pg.Pool;
  readonly keyring: Keyring;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
}

export async function setStage(seed: string, opened: AsyncDisposableStack): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-chaos-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to pass.
  await chmod(directory, 0o711);
  const databaseUrl = await openDatabase(directory, opened);
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 8, application_name: 'harness' });
  opened.defer(() => pool.end());
  await installIntentJournal(pool);

  const [publicPort = 0, ...ports] = await freePorts(4);
  const issuer = `http://localhost:${publicPort}`;
  const works = createLab({ redirectOrigins: [issuer], profiles: [strict({ accessLife: 60 })] });
  const lab = await works.listen(0);
  opened.defer(() => lab.close());

  const key = randomBytes(32);
  const adminToken = randomBytes(24).toString('base64url');
  const environment = {
    PUBLIC_URL: issuer,
    HOST: '127.0.0.1',
    DATABASE_POOL: '12',
    ENCRYPTION_KEYS: `chaos:${key.toString('base64')}`,
    ADMIN_API_TOKEN: adminToken,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    LOG_LEVEL: 'debug',
  };
  const fleet = startFleet({ ports, directory, databaseUrl, environment });
  opened.defer(() => fleet.stop());
  await fleet.untilReady();
  const balancer = startBalancer(publicPort, fleet, createRandom(seed, 'balancer'));
  opened.defer(() => balancer.close());
  const keyring = createKeyring([{ id: 'chaos', key }]);
  const control: Stage['control'] = (method, at, body) => callLab(lab.url, { method, at, body });
  return { issuer, adminToken, lab, minted: () => works.minted(), fleet, pool, keyring, control };
}

async function openDatabase(directory: string, opened: AsyncDisposableStack): Promise<string> {
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(() => postgres.stop());
  const client = new pg.Client({ connectionString: postgres.url });
  await client.connect();
  // Connections die here, the server does not, so that durability would only cost time.
  await client.query('ALTER SYSTEM SET fsync = off');
  await client.query('SELECT pg_reload_conf()');
  await client.query('CREATE DATABASE chaos');
  await client.end();
  const url = Object.assign(new URL(postgres.url), { pathname: '/chaos' }).href;
  await applyMigrations(url);
  return url;
}

async function freePorts(count: number): Promise<number[]> {
  const probes = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    probes.map(
      (probe) =>
        new Promise<number>((resolve) => {
          probe.listen(0, '127.0.0.1', () => {
            const address = probe.address();
            resolve(address !== null && typeof address === 'object' ? address.port : 0);
          });
        }),
    ),
  );
  await Promise.all(probes.map((probe) => new Promise((resolve) => probe.close(resolve))));
  return ports;
}

async function callLab<T>(
  lab: string,
  { method, at, body }: { method: string; at: string; body: unknown },
): Promise<T> {
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body) };
  const response = await fetch(`${lab}/control/strict${at}`, init);
  if (!response.ok) throw new Error(`lab control ${at}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
