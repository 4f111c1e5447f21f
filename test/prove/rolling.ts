import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { type App, type AppTokens, registerApp } from '../chaos/app.ts';
import { type BrokerProcess, startBroker } from '../chaos/broker-process.ts';
import { createRandom } from '../chaos/random.ts';
import { freePorts } from '../chaos/stage.ts';
import { createTally } from '../chaos/tally.ts';
import { checkOutEarlier, NoEarlierVersion } from './earlier-version.ts';
import { type Client, createCarefulClient, createFreshClient, createPlainClient } from './rolling-clients.ts';

// npm run prove:rolling [-- --from=commit] [-- --rounds=2]. Three brokers on one PostgreSQL are restarted one after the other
// under load, and no balancer helps: the clients go round the three addresses by themselves. Half of them ask /readyz, and half
// know no more than to ask the next address when a connection is refused. No request may fail. With --from the brokers begin as
// an earlier version, and each restart is an upgrade.

const opened = new AsyncDisposableStack();
const people = 24;
const begun = performance.now();

async function prove(): Promise<boolean> {
  const { values } = parseArgs({
    options: { from: { type: 'string' }, rounds: { type: 'string', default: '1' } },
  });
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-rolling-'));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  // As root, PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  const earlier =
    values.from === undefined ? undefined : await checkOutEarlier(values.from, { directory, opened });
  if (earlier)
    say(`from ${earlier.commit.slice(0, 12)}, which lacks ${earlier.lacks.join(', ') || 'no migration'}`);
  const house = await build(directory);
  for (const place of house.places) await place.start(earlier?.directory);
  say('three brokers are ready');
  const load = await beginLoad(house);
  await pause(5_000);
  for (let round = 0; round < Number(values.rounds); round += 1)
    for (const place of house.places) await restart(place, round);
  await pause(3_000);
  await load.end();
  await judge(house);
  process.stdout.write(report(house));
  return house.tally.under('!').length === 0;
}

type House = Awaited<ReturnType<typeof build>>;

/** One of the three addresses, at which one broker after another listens. */
interface Place {
  readonly name: string;
  readonly url: string;
  start(of?: string): Promise<void>;
  stop(): Promise<void>;
}

async function restart(place: Place, round: number): Promise<void> {
  say(`${place.name} is told to stop${round > 0 ? ' again' : ''}`);
  await place.stop();
  say(`${place.name} has ended`);
  await place.start();
  say(`${place.name} is ready`);
  await pause(2_000);
}

async function build(directory: string) {
  const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
  opened.defer(postgres.stop);
  const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
  pool.on('error', () => undefined);
  opened.defer(() => pool.end());
  const [publicPort = 0, ...ports] = await freePorts(4);
  const issuer = `http://localhost:${publicPort}`;
  const lab = await createLab({ redirectOrigins: [issuer], profiles: [strict({ accessLife: 60 })] }).listen(
    0,
  );
  opened.defer(() => lab.close());
  const environment = {
    PUBLIC_URL: issuer,
    HOST: '127.0.0.1',
    DATABASE_POOL: '12',
    ENCRYPTION_KEYS: `rolling:${randomBytes(32).toString('base64')}`,
    ADMIN_API_TOKEN: randomBytes(24).toString('base64url'),
    ALLOWED_PRIVATE_HOSTS: new URL(lab.url).host,
    FLOOD_LIMIT_ADDRESS: '0',
  };
  const logFiles = ports.map((_, index) => path.join(directory, `broker-${index + 1}.log`));
  const places = ports.map((port, index): Place => {
    const name = `broker ${index + 1}`;
    const logFile = logFiles[index] ?? '';
    let running: BrokerProcess | undefined;
    let lives = 0;
    const stop = async () => {
      running?.kill('SIGTERM');
      const impatient = setTimeout(() => running?.kill('SIGKILL'), 45_000);
      await running?.exited;
      clearTimeout(impatient);
      running = undefined;
    };
    opened.defer(stop);
    return {
      name,
      url: `http://127.0.0.1:${port}`,
      stop,
      async start(of) {
        lives += 1;
        const settings = { label: `rolling-${index + 1}-${lives}`, port, databaseUrl: postgres.url, logFile };
        const data = { DATA_DIR: path.join(directory, `data-${index + 1}`) };
        running = startBroker({
          ...settings,
          environment: { ...environment, ...data },
          ...(of !== undefined && { directory: of }),
        });
        const until = performance.now() + 120_000;
        while (!running.isReady() && performance.now() < until) await pause(50);
        if (!running.isReady())
          throw new Error(`${name} does not start:\n${await readFile(logFile, 'utf8')}`);
      },
    };
  });
  const tally = createTally();
  return { issuer, lab, pool, places, environment, logFiles, tally };
}

/** How a person's requests are sent (rolling-clients.ts). */
const kinds = ['careful', 'plain', 'fresh'] as const;
type Kind = (typeof kinds)[number];

/** A person, and the clients of the app by which the person's requests go. */
interface Visitor {
  readonly user: string;
  readonly kind: Kind;
  readonly client: Client;
  readonly slowSender: Client;
  tokens: AppTokens;
}

async function beginLoad(house: House) {
  const { issuer, places, environment, tally, lab, pool } = house;
  const urls = places.map(({ url }) => url);
  const addresses = { issuer, urls };
  const random = createRandom('rolling', 'load');
  const service = { issuer, adminToken: environment.ADMIN_API_TOKEN, lab, fleet: { ready: () => places } };
  const app = await registerApp(service);
  const careful = createCarefulClient(addresses);
  const fresh = createFreshClient(addresses);
  const clients: Client[] = [careful, fresh];
  let arrived = 0;
  let over = false;

  /** Counts the request, or its failure. */
  const counted = async <T>(kind: string, what: string, ask: () => Promise<T>): Promise<T | undefined> => {
    try {
      const found = await ask();
      tally.add(`${kind}: ${what}`);
      return found;
    } catch (error) {
      const second = ((performance.now() - begun) / 1000).toFixed(1);
      tally.evidence(`!failed, ${kind}: ${what}`, `${second} s: ${String(error)}`);
      return undefined;
    }
  };

  async function arrive(kind: Visitor['kind']): Promise<Visitor | undefined> {
    arrived += 1;
    const user = `visitor-${arrived}`;
    const client = { careful, plain: createPlainClient(addresses), fresh }[kind];
    const slowSender = createPlainClient(addresses, 1_500);
    clients.push(client, slowSender);
    const tokens = await counted(kind, 'sign-ins', () => app.signIn(user, client.send));
    return tokens && { user, kind, client, slowSender, tokens };
  }

  const step: Record<string, (visitor: Visitor) => Promise<void>> = {
    retrievals: async (visitor) => void (await retrieve(visitor, '')),
    // The provider is asked, and takes its time now and then.
    'retrievals with a refresh': async (visitor) => {
      await expire(visitor);
      if (random.chance(0.1)) await slowDown();
      await retrieve(visitor, '?min_ttl=20');
    },
    'refreshes of our own tokens': async (visitor) =>
      void (await renew({ app, issuer }, visitor, visitor.client)),
    'refreshes with a body that comes slowly': async (visitor) =>
      void (await renew({ app, issuer }, visitor, visitor.slowSender)),
    'sign-ins': async (visitor) => {
      visitor.tokens = await app.signIn(visitor.user, visitor.client.send);
    },
  };

  async function retrieve({ client, tokens }: Visitor, query: string): Promise<void> {
    const url = new URL(`/v1/me/identities/strict/token${query}`, issuer);
    const answer = await client.send(url, { headers: { authorization: `Bearer ${tokens.accessToken}` } });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  }

  async function expire({ tokens }: Visitor): Promise<void> {
    const { sub } = JSON.parse(Buffer.from(tokens.accessToken.split('.')[1] ?? '', 'base64url').toString());
    await pool.query(
      `UPDATE vault_entry SET access_expires_at = now() - interval '1 second'
        WHERE identity_id IN (SELECT id FROM identity WHERE user_id = $1)`,
      [sub],
    );
  }

  async function slowDown(): Promise<void> {
    const body = JSON.stringify({ on: 'refresh', fault: 'none', delay_ms: 4_000, times: 1 });
    await fetch(`${lab.url}/control/strict/faults`, { method: 'POST', body });
  }

  const weighed = [
    { what: 'retrievals', weight: 40 },
    { what: 'retrievals with a refresh', weight: 3 },
    { what: 'refreshes of our own tokens', weight: 3 },
    { what: 'refreshes with a body that comes slowly', weight: 1 },
    { what: 'sign-ins', weight: 1 },
  ];
  async function work(visitor: Visitor): Promise<void> {
    while (!over) {
      const { what = '' } = random.weighed(weighed) ?? {};
      await counted(visitor.kind, what, async () => await step[what]?.(visitor));
      // Some leave their connections idle for about as long as they are promised.
      await pause(random.chance(0.02) ? random.between(3_000, 5_500) : random.between(10, 120));
    }
  }

  const visitors = [];
  for (let count = 0; count < people; count += 1)
    visitors.push(await arrive(kinds[count % kinds.length] ?? 'plain'));
  const working = Promise.all(visitors.flatMap((visitor) => (visitor ? work(visitor) : [])));
  return {
    async end() {
      over = true;
      await working;
      for (const kind of kinds) {
        const own = { careful: [careful], fresh: [fresh], plain: clients.slice(2) }[kind];
        const refused = own.reduce((sum, client) => sum + client.refused(), 0);
        tally.add(`${kind}: connections refused, so that the next address was asked`, refused);
      }
      for (const client of clients) client.close();
    },
  };
}

async function renew(
  at: { readonly app: App; readonly issuer: string },
  visitor: Visitor,
  { send }: Client,
): Promise<void> {
  const answer = await at.app.refresh(visitor.tokens.refreshToken, at.issuer, send);
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  const body = (await answer.json()) as { access_token: string; refresh_token: string };
  visitor.tokens = { accessToken: body.access_token, refreshToken: body.refresh_token };
}

/** No broker may have logged an error, and no person's grant may have ended. */
async function judge({ tally, pool, logFiles }: House): Promise<void> {
  const { rows } = await pool.query<{ dead: number }>(
    `SELECT count(*)::int AS dead FROM vault_entry WHERE state <> 'active'`,
  );
  const [{ dead = 0 } = {}] = rows;
  if (dead > 0) tally.evidence('!grants that were lost', String(dead));
  for (const file of logFiles) {
    const errors = (await readFile(file, 'utf8')).split('\n').filter((line) => /"level":[56]0/.test(line));
    for (const line of errors)
      tally.evidence('!errors in a log', `${path.basename(file)} ${line.slice(0, 900)}`);
  }
}

function report({ tally }: House): string {
  const names = new Set(kinds.flatMap((kind) => tally.under(`${kind}: `).map(([name]) => name)));
  const row = (name: string, cells: readonly (string | number)[]) =>
    `${name.padEnd(60)}${cells.map((cell) => String(cell).padStart(12)).join('')}`;
  const broken = [...tally.found].flatMap(([name, cases]) => [
    `BROKEN ${name.slice(1)}: ${tally.of(name)}`,
    ...cases.map((one) => `    ${one}`),
  ]);
  const lines = [
    row('', ['asks /readyz', 'plain', 'fresh']),
    ...[...names].map((name) =>
      row(
        name,
        kinds.map((kind) => tally.of(`${kind}: ${name}`)),
      ),
    ),
    '',
    ...(broken.length > 0 ? broken : ['no request failed, no grant was lost, no error in a log']),
  ];
  return `${lines.join('\n')}\n`;
}

function say(words: string): void {
  process.stderr.write(`[${((performance.now() - begun) / 1000).toFixed(1).padStart(5)} s] ${words}\n`);
}

try {
  process.exitCode = (await prove()) ? 0 : 1;
} catch (error) {
  if (!(error instanceof NoEarlierVersion)) throw error;
  process.stderr.write(`prove:rolling: ${error.message}\n`);
  process.exitCode = 2;
} finally {
  await opened.disposeAsync();
}
