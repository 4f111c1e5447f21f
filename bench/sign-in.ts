import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { createBroker } from '../src/assembly/broker.ts';
import { registerLab } from '../src/assembly/developer-mode.ts';
import { openRowTags } from '../src/assembly/row-tags.ts';
import { systemClock } from '../src/kit/clock.ts';
import { createDatabase } from '../src/kit/database/database.ts';
import { createKeyring } from '../src/kit/keys/keyring.ts';
import { createLog } from '../src/kit/log.ts';
import { createLab } from '../src/lab/lab.ts';
import { cpuOf, cpuOfPostgres } from './cpu.ts';
import { floorTable } from './issuance-seed.ts';
import { asBroker, type Postgres, startPostgres, startServer } from './servers.ts';
import { redirectUri, signIn, type Target } from './sign-in-driver.ts';

// Compares whole sign-ins, from the authorization request to the tokens, with those of bare oidc-provider over a minimal
// adapter, which believes the name that it is given. The lab runs in this process, so its work is in no figure.

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** The sign-ins of a round at each server. */
    each: { type: 'string', default: '100' },
    connections: { type: 'string', default: '16' },
    /** The folder for CPU profiles of both servers. */
    profile: { type: 'string' },
  },
});

const issuer = 'https://broker.example';
const [rounds, each, connections] = [Number(values.rounds), Number(values.each), Number(values.connections)];
/** The sign-ins for which statements are counted, one after the other. */
const counted = 10;
const opened = new AsyncDisposableStack();

interface Cost {
  signIns: number;
  server: number;
  postgres: number;
  seconds: number;
}

try {
  const postgres = await startPostgres(opened);
  const client = new pg.Client({ connectionString: postgres.databaseUrl });
  await client.connect();
  opened.defer(() => client.end());
  const key = randomBytes(32);
  const lab = await createLab({ redirectOrigins: [issuer] }).listen(0);
  opened.defer(() => lab.close());
  const app = await seed(postgres, key, lab);
  const { profile } = values;
  const { host: labHost } = new URL(lab.url);
  const broker = await startServer(opened, { file: 'src/main.ts', profile }, (port) => {
    const how = asBroker(postgres, { issuer, key })(port);
    return { environment: { ...how.environment, ALLOWED_PRIVATE_HOSTS: labHost } };
  });
  const floor = await startServer(opened, { file: 'bench/issuance-floor.ts', profile }, (port) => ({
    arguments: [postgres.databaseUrl, String(port), issuer],
  }));
  const scope = 'openid profile email offline_access';
  const targets: Readonly<Record<'floor' | 'broker', Target & { readonly pid: number }>> = {
    floor: { ...floor, ...app, issuer, asks: (user) => ({ scope, prompt: 'consent', login_hint: user }) },
    broker: {
      ...broker,
      ...app,
      issuer,
      asks: () => ({ scope: `${scope} idp:google`, connection: 'google', prompt: 'login' }),
    },
  };
  const sides = ['floor', 'broker'] as const;
  let people = 0;
  const returning = (turn: number) => `visitor-${1 + (turn % connections)}`;
  const fresh = () => `visitor-${1000 + people++}`;
  for (const side of sides) await signInAll(targets[side], Math.max(each, 3 * connections), returning);

  for (const [title, user] of [
    ['a returning person', returning],
    ['a new person', fresh],
  ] as const) {
    const costs = { floor: none(), broker: none() };
    const before = await sizes(client);
    const statements = {
      floor: await statementsOf(targets.floor, { postgres, client, user }),
      broker: await statementsOf(targets.broker, { postgres, client, user }),
    };
    for (let round = 0; round < rounds; round += 1)
      for (const side of sides) await measure(targets[side], costs[side], { postgres, user });
    report(title, { costs, statements, disk: await grown(client, before, costs.broker.signIns + counted) });
  }
} finally {
  await opened.disposeAsync();
}

function none(): Cost {
  return { signIns: 0, server: 0, postgres: 0, seconds: 0 };
}

async function signInAll(target: Target, count: number, user: (turn: number) => string): Promise<void> {
  let next = 0;
  const worker = async () => {
    for (let turn = next++; turn < count; turn = next++) await signIn(target, user(turn));
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

async function measure(
  target: Target & { readonly pid: number },
  cost: Cost,
  { postgres: { postmaster }, user }: { postgres: Postgres; user: (turn: number) => string },
): Promise<void> {
  const before = { server: cpuOf(target.pid), postgres: cpuOfPostgres(postmaster) };
  const start = performance.now();
  await signInAll(target, each, user);
  cost.seconds += (performance.now() - start) / 1000;
  // Writes that follow the answers count as part of their cost.
  await pause(250);
  cost.server += cpuOf(target.pid) - before.server;
  cost.postgres += cpuOfPostgres(postmaster) - before.postgres;
  cost.signIns += each;
}

/** Returns the statements of one sign-in by the server's log, with those of background jobs meanwhile. */
async function statementsOf(
  target: Target,
  {
    postgres: { directory },
    client,
    user,
  }: { postgres: Postgres; client: pg.Client; user: (turn: number) => string },
): Promise<number> {
  const log = path.join(directory, 'postgres/postgres.log');
  const logging = async (what: string) => {
    await client.query(`ALTER SYSTEM SET log_statement = '${what}'`);
    await client.query('SELECT pg_reload_conf()');
    await pause(200);
  };
  await logging('all');
  const { length: before } = await readFile(log);
  for (let turn = 0; turn < counted; turn += 1) await signIn(target, user(turn));
  const lines = (await readFile(log)).subarray(before).toString('utf8');
  await logging('none');
  return (lines.match(/LOG: {2}(?:statement|execute)/g) ?? []).length / counted;
}

/** Returns the bytes of the rows of each kind, without indexes and dead rows. */
async function sizes(client: pg.Client): Promise<ReadonlyMap<string, number>> {
  const { rows } = await client.query<{ name: string; bytes: string }>(
    `SELECT 'artifact ' || kind AS name, sum(pg_column_size(a.*)) AS bytes FROM artifact a GROUP BY kind
     UNION ALL SELECT 'session_origin', coalesce(sum(pg_column_size(s.*)), 0) FROM session_origin s
     UNION ALL SELECT 'audit_event', coalesce(sum(pg_column_size(e.*)), 0) FROM audit_event e`,
  );
  return new Map(rows.map(({ name, bytes }) => [name, Number(bytes)]));
}

async function grown(client: pg.Client, before: ReadonlyMap<string, number>, signIns: number) {
  const after = await sizes(client);
  return [...after]
    .map(([name, bytes]) => `${name} ${Math.round((bytes - (before.get(name) ?? 0)) / signIns)}`)
    .join(', ');
}

interface Found {
  readonly costs: Readonly<Record<'floor' | 'broker', Cost>>;
  readonly statements: Readonly<Record<'floor' | 'broker', number>>;
  readonly disk: string;
}

function report(title: string, { costs, statements, disk }: Found): void {
  const figures = ({ signIns, server, postgres, seconds }: Cost) => ({
    'sign-ins/s': signIns / seconds,
    'CPU ms server': (server / signIns) * 1e3,
    'CPU ms postgres': (postgres / signIns) * 1e3,
  });
  const base = { ...figures(costs.floor), statements: statements.floor };
  const ours = { ...figures(costs.broker), statements: statements.broker };
  const names = Object.keys(base) as (keyof typeof base)[];
  const line = (head: string, value: (name: keyof typeof base) => number) =>
    [head.padEnd(8), ...names.map((name) => value(name).toFixed(2).padStart(name.length))].join('  ');
  process.stdout.write(
    `\n${title}, ${connections} in flight, ${costs.broker.signIns} sign-ins\n${[
      [''.padEnd(8), ...names].join('  '),
      line('floor', (name) => base[name]),
      line('broker', (name) => ours[name]),
      line('ratio', (name) => ours[name] / base[name]),
      `bytes of rows per sign-in: ${disk}`,
    ].join('\n')}\n`,
  );
}

async function seed(
  { databaseUrl, directory }: Postgres,
  key: Buffer,
  lab: Parameters<typeof registerLab>[1],
): Promise<Pick<Target, 'clientId' | 'clientSecret'>> {
  const database = createDatabase({ url: databaseUrl, poolSize: 10 });
  const keyring = createKeyring([{ id: 'bench', key }]);
  const broker = await createBroker({
    issuer,
    trustedProxyHops: 0,
    allowLoopbackHosts: true,
    allowedPrivateHosts: [new URL(lab.url).host],
    adminApiToken: undefined,
    spillDirectory: directory,
    database,
    keyring,
    rowTags: await openRowTags({ database, keyring }),
    clock: systemClock,
    log: createLog('silent'),
  });
  const connected = lab.connections().filter(({ name }) => name === 'google');
  await registerLab(broker, { ...lab, connections: () => connected });
  const { app, clientSecret } = await broker.issuance.apps.create({
    name: 'Bench',
    type: 'web',
    redirectUris: [redirectUri],
    connections: [{ connection: 'google' }],
  });
  const secret = clientSecret?.reveal() ?? '';
  const floor = await floorTable(databaseUrl);
  await floor.put('Client', app.id, {
    client_id: app.id,
    client_secret: secret,
    redirect_uris: [redirectUri],
    response_types: ['code'],
    grant_types: ['authorization_code', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
  });
  await floor.close();
  await broker.close();
  await database.close();
  return { clientId: app.id, clientSecret: secret };
}
