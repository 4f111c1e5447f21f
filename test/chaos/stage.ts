import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createSessionPool } from '../../src/kit/database/database-session.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { createKeyring, type Keyring } from '../../src/kit/keys/keyring.ts';
import { createLab, type Lab, type RunningLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { again } from './again.ts';
import { startBalancer } from './balancer.ts';
import { type Fleet, startFleet } from './fleet.ts';
import { installIntentJournal } from './intent-journal.ts';
import { createRandom } from './random.ts';
import { type RoughLine, startRoughLine } from './rough-line.ts';

/** Three brokers on one PostgreSQL, a provider that accepts no old refresh token, and one public address. */
export interface Stage {
  readonly issuer: string;
  readonly adminToken: string;
  readonly lab: RunningLab;
  readonly minted: Lab['minted'];
  readonly fleet: Fleet;
  readonly pool: pg.Pool;
  readonly keyring: Keyring;
  /** The settings with which commands run beside the brokers. */
  readonly settings: Readonly<Record<string, string>>;
  /** Lets PostgreSQL accept connections of the brokers, or refuse them and end the open ones. */
  admit(anybody: boolean): Promise<void>;
  readonly outages: Outage[];
  /** The relays between apps and brokers. */
  readonly lines: readonly RoughLine[];
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
}

const brokers = 3;

/** The periods in which the brokers had no database. */
export interface Outage {
  readonly from: Date;
  readonly to: Date;
}

/** A database that stands already. */
export interface StandingDatabase {
  /** For a superuser. */
  readonly own: string;
  /** For the brokers, whose role owns it. */
  readonly brokers: string;
  /** The same past a transaction pooler. */
  readonly direct?: string | undefined;
}

export async function setStage(
  seed: string,
  opened: AsyncDisposableStack,
  standing?: StandingDatabase,
): Promise<Stage> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-chaos-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const { own, brokers: databaseUrl, direct } = standing ?? (await openDatabase(directory, opened));
  await applyMigrations(direct ?? databaseUrl);
  const pool = createSessionPool({ connectionString: own, max: 8, application_name: 'harness' });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());
  await installIntentJournal(pool);

  const [publicPort = 0, ...free] = await freePorts(1 + 2 * brokers);
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
    SHUTDOWN_DELAY: '0',
    ENCRYPTION_KEYS: `chaos:${key.toString('base64')}`,
    ADMIN_API_TOKEN: adminToken,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    FLOOD_LIMIT_ADDRESS: '0',
    LOG_LEVEL: 'debug',
    ...(direct && { DIRECT_DATABASE_URL: direct }),
  };
  const lines = Array.from({ length: brokers }, (_, index) => {
    const [to = 0, from = 0] = free.slice(2 * index);
    return { to, line: startRoughLine({ from, to }, createRandom(seed, `line ${index}`)) };
  });
  opened.defer(() => lines.forEach(({ line }) => void line.close()));
  const ports = new Map(lines.map(({ to, line }) => [to, line.url]));
  const fleet = startFleet({ ports, directory, databaseUrl, environment });
  opened.defer(() => fleet.stop());
  await fleet.untilReady();
  const balancer = startBalancer(publicPort, fleet, createRandom(seed, 'balancer'));
  opened.defer(() => balancer.close());
  const keyring = createKeyring([{ id: 'chaos', key }]);
  const control: Stage['control'] = (method, at, body) => callLab(lab.url, { method, at, body });
  const admit = (anybody: boolean) => admitBrokers(pool, anybody);
  return {
    issuer,
    adminToken,
    lab,
    minted: () => works.minted(),
    fleet,
    pool,
    keyring,
    settings: { ...environment, NODE_ENV: 'development', DATABASE_URL: databaseUrl },
    outages: [],
    lines: lines.map(({ line }) => line),
    admit,
    control,
  };
}

/** An empty database of a server of our own. */
async function openDatabase(directory: string, opened: AsyncDisposableStack): Promise<StandingDatabase> {
  const { url, stop } = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(stop);
  // Only connections fail here, not the server, so durability would only cost time.
  await statements(url, [
    'ALTER SYSTEM SET fsync = off',
    'SELECT pg_reload_conf()',
    `CREATE ROLE broker LOGIN PASSWORD 'broker'`,
    'CREATE DATABASE chaos OWNER broker',
    // Sessions that set no time zone get one that is not UTC.
    `ALTER DATABASE chaos SET timezone TO 'Asia/Shanghai'`,
  ]);
  const own = new URL('/chaos', url).href;
  return { own, brokers: Object.assign(new URL(own), { username: 'broker', password: 'broker' }).href };
}

async function admitBrokers(pool: pg.Pool, anybody: boolean): Promise<void> {
  await pool.query(`ALTER ROLE broker CONNECTION LIMIT ${anybody ? -1 : 0}`);
  if (!anybody) {
    await pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'broker'`);
  }
}

async function statements(url: string, texts: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const text of texts) await client.query(text);
  } finally {
    await client.end();
  }
}

export async function freePorts(count: number): Promise<number[]> {
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
  const response = await again(() => fetch(`${lab}/control/strict${at}`, init));
  if (!response.ok) throw new Error(`lab control ${at}: ${response.status} ${await response.text()}`);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
