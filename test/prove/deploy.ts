import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import type { RefreshFamily } from '../../src/lab/refresh-history.ts';
import { registerApp } from '../chaos/app.ts';
import { startBalancer } from '../chaos/balancer.ts';
import { type BrokerProcess, startBroker } from '../chaos/broker-process.ts';
import { longestEnd } from '../chaos/fleet.ts';
import { createRandom } from '../chaos/random.ts';
import { freePorts } from '../chaos/stage.ts';
import { createTally } from '../chaos/tally.ts';
import { goRound, signIn, type Visit, type Visitor } from './deploy-load.ts';
import { checkOutEarlier, NoEarlierVersion } from './earlier-version.ts';

// npm run prove:deploy [-- --from=commit]. A rolling deployment under load: an earlier version serves people,
// this version's migrations are applied, this version joins on the same database, and the earlier one is
// stopped. Requests go over HTTP only. No request may fail.

const opened = new AsyncDisposableStack();
type Phase = 'old alone' | 'migrating' | 'side by side' | 'new alone';

const people = 12;
/** The seconds of load before the deployment, with both versions, and after it. */
const lasts = { 'old alone': 5, 'side by side': 20, 'new alone': 8 };

async function prove(): Promise<boolean> {
  const { values } = parseArgs({ options: { from: { type: 'string' } } });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-deploy-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const earlier = await checkOutEarlier(values.from, { directory, opened });
  say(`from ${earlier.commit.slice(0, 12)}, which lacks ${earlier.lacks.join(', ') || 'no migration'}`);
  const house = await build(directory);
  const { tally, brokers, start } = house;

  const old = await start('old', earlier.directory);
  const load = await beginLoad(house);
  await load.during('old alone', () => pause(1000 * lasts['old alone']));
  const applied = await load.during('migrating', () => applyMigrations(house.databaseUrl));
  say(`migrated under load: ${applied.join(', ') || 'nothing was due'}`);
  await load.during('side by side', async () => {
    await start('new');
    await pause(1000 * lasts['side by side']);
  });
  brokers.splice(brokers.indexOf(old), 1);
  // A balancer waits for pending requests before it removes a broker.
  await load.begunUntilNow();
  old.kill('SIGTERM');
  await load.during('new alone', () => Promise.all([old.exited, pause(1000 * lasts['new alone'])]));
  await load.end();
  await judge(house);
  process.stdout.write(table(tally, applied));
  return tally.under('!').length === 0;
}

type House = Awaited<ReturnType<typeof build>>;

/** PostgreSQL, a provider that accepts no old refresh token, and one public address for all brokers. */
async function build(directory: string) {
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(postgres.stop);
  const databaseUrl = postgres.url;
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());
  const [publicPort = 0, ...ports] = await freePorts(3);
  const issuer = `http://localhost:${publicPort}`;
  const lab = await createLab({ redirectOrigins: [issuer], profiles: [strict({ accessLife: 60 })] }).listen(
    0,
  );
  opened.defer(() => lab.close());
  const adminToken = randomBytes(24).toString('base64url');
  const environment = {
    PUBLIC_URL: issuer,
    HOST: '127.0.0.1',
    ENCRYPTION_KEYS: `deploy:${randomBytes(32).toString('base64')}`,
    ADMIN_API_TOKEN: adminToken,
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    DATA_DIR: path.join(directory, 'data'),
    FLOOD_LIMIT_ADDRESS: '0',
  };
  const brokers: BrokerProcess[] = [];
  const logFiles: string[] = [];
  const start = async (label: string, of?: string) => {
    const logFile = path.join(directory, `${label}.log`);
    logFiles.push(logFile);
    const settings = { label, port: ports[brokers.length] ?? 0, databaseUrl, logFile, environment };
    const broker = startBroker({ ...settings, ...(of !== undefined && { directory: of }) });
    let ended = false;
    void broker.exited.then(() => {
      ended = true;
    });
    opened.defer(() => (ended ? undefined : stop(broker)));
    const until = performance.now() + 120_000;
    while (!broker.isReady() && !ended && performance.now() < until) await pause(100);
    if (!broker.isReady())
      throw new Error(`the ${label} version does not start:\n${await readFile(logFile, 'utf8')}`);
    brokers.push(broker);
    return broker;
  };
  const fleet = { ready: () => brokers };
  const balancer = startBalancer(publicPort, fleet, createRandom('deploy', 'balancer'));
  opened.defer(() => balancer.close());
  return {
    issuer,
    adminToken,
    lab,
    fleet,
    brokers,
    start,
    databaseUrl,
    pool,
    tally: createTally(),
    logFiles,
  };
}

async function stop(broker: BrokerProcess): Promise<void> {
  broker.kill('SIGTERM');
  const impatient = setTimeout(() => broker.kill('SIGKILL'), longestEnd);
  await broker.exited;
  clearTimeout(impatient);
}

/** Runs people at work until stopped, with new people among them. */
async function beginLoad(house: House) {
  const { tally, brokers, pool, lab } = house;
  let phase: Phase = 'old alone';
  let over = false;
  const visit: Visit = {
    ...house,
    app: await registerApp(house),
    lab: lab.url,
    urls: () => brokers.map(({ url }) => url),
    random: createRandom('deploy', 'load'),
    phase: () => phase,
    async expire(userId) {
      const text = `UPDATE vault_entry SET access_expires_at = now() - interval '1 second'
        WHERE identity_id IN (SELECT id FROM identity WHERE user_id = $1)`;
      await pool.query(text, [userId]);
    },
  };
  // Grants of older versions are judged by their time in whole seconds: strictly later than the connection (decision 042).
  await pause(1_100);
  let arrived = 0;
  const arrive = () => {
    arrived += 1;
    return signIn(visit, `visitor-${arrived}`);
  };
  const rounds = new Set<Promise<unknown>>();
  const round = async (visitor: Visitor | undefined) => {
    const going = (async () => goRound(visit, visitor ?? (await arrive())))();
    rounds.add(going);
    return await going.finally(() => rounds.delete(going));
  };
  const atWork = async (first: Visitor) => {
    for (let visitor = first; !over; await pause(visit.random.between(50, 400))) {
      visitor = await round(visitor);
      if (visit.random.chance(0.1)) await round(undefined);
    }
  };
  const visitors: Visitor[] = [];
  for (let count = 0; count < people; count += 1) visitors.push(await arrive());
  const working = Promise.all(
    visitors.map((visitor) =>
      atWork(visitor).catch((error: unknown) =>
        tally.evidence('!work that was cut short', `${phase}: ${error}`),
      ),
    ),
  );
  return {
    async during<T>(now: Phase, what: () => Promise<T>): Promise<T> {
      phase = now;
      say(phase);
      return await what();
    },
    begunUntilNow: () => Promise.allSettled(rounds),
    async end() {
      over = true;
      await working;
      tally.add('people', arrived);
    },
  };
}

/**
 * Nothing was lost: the provider saw no refresh token twice, and here no person has to reauthorize or exists
 * twice.
 */
async function judge({ tally, lab, pool, logFiles }: House): Promise<void> {
  const families = (await (
    await fetch(`${lab.url}/control/strict/refresh-tokens`)
  ).json()) as RefreshFamily[];
  for (const { user, tokens } of families) {
    const again = tokens.reduce((sum, { replays }) => sum + replays, 0);
    if (again > 0) tally.evidence('!refresh tokens shown twice', `${user}: ${again}`);
  }
  const { rows } = await pool.query<{ users: number; dead: number }>(
    `SELECT (SELECT count(*)::int FROM "user") AS users,
      (SELECT count(*)::int FROM vault_entry WHERE state <> 'active') AS dead`,
  );
  const [{ users = 0, dead = 0 } = {}] = rows;
  if (users !== tally.of('people'))
    tally.evidence('!users too many or few', `${users}, not ${tally.of('people')}`);
  if (dead > 0) tally.evidence('!grants that were lost', String(dead));
  for (const file of logFiles) {
    const errors = (await readFile(file, 'utf8'))
      .split('\n')
      .filter((line) => /"level":"(error|fatal)"/.test(line));
    for (const line of errors)
      tally.evidence('!errors in a log', `${path.basename(file)} ${line.slice(0, 900)}`);
  }
}

function table(tally: House['tally'], applied: readonly string[]): string {
  const phases: readonly Phase[] = ['old alone', 'migrating', 'side by side', 'new alone'];
  const kinds = new Set(phases.flatMap((phase) => tally.under(`${phase}: `).map(([name]) => name)));
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(32)}${cells.map((cell) => String(cell).padStart(14)).join('')}`;
  const broken = [...tally.found].flatMap(([name, cases]) => [
    `BROKEN ${name.slice(1)}: ${tally.of(name)}`,
    ...cases.map((one) => `    ${one}`),
  ]);
  const lines = [
    row('', phases),
    ...[...kinds].map((kind) =>
      row(
        kind,
        phases.map((phase) => tally.of(`${phase}: ${kind}`)),
      ),
    ),
    '',
    `migrations applied under load: ${applied.length}; people: ${tally.of('people')}`,
    ...(broken.length > 0
      ? broken
      : ['no answer of 5xx, nothing lost, nothing shown twice, no error in a log']),
  ];
  return `${lines.join('\n')}\n`;
}

function say(words: string): void {
  process.stderr.write(`[${String(Math.round(performance.now() / 1000)).padStart(3)} s] ${words}\n`);
}

try {
  process.exitCode = (await prove()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof NoEarlierVersion)) throw error;
  process.stderr.write(`prove:deploy: ${error.message}\n`);
  process.exitCode = 2;
} finally {
  await opened.disposeAsync();
}
