import { randomBytes } from 'node:crypto';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, expect, test } from 'vitest';
import { createLab, type RunningLab } from '../../src/lab/lab.ts';
import { strict } from '../../src/lab/profiles/strict.ts';
import { registerApp } from '../chaos/app.ts';
import { atEnd } from '../support/at-end.ts';
import { type BrokerProcess, startProcess } from '../support/broker-process.ts';
import { runCommand } from '../support/command.ts';
import { freshDatabaseUrl } from '../support/database.ts';
import { freePort } from '../support/world.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';

// Two machines on one database, one ten minutes ahead and one ten behind. The database's clock dates what
// they write.

let ahead: BrokerProcess;
let behind: BrokerProcess;
let receiver: Receiver;
let settings: Readonly<Record<string, string>>;
let lab: RunningLab;
let pool: pg.Pool;

beforeAll(async () => {
  const databaseUrl = await freshDatabaseUrl();
  pool = new pg.Pool({ connectionString: databaseUrl });
  atEnd(() => pool.end());
  receiver = await startReceiver();
  const port = await freePort();
  lab = await createLab({ redirectOrigins: [`http://127.0.0.1:${port}`], profiles: [strict()] }).listen(0);
  settings = {
    NODE_ENV: 'development',
    DATABASE_URL: databaseUrl,
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ENCRYPTION_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    ADMIN_API_TOKEN: randomBytes(24).toString('base64url'),
    ALLOWED_PRIVATE_HOSTS: `${receiver.host},${new URL(lab.url).host}`,
    SHUTDOWN_DELAY: '0',
    NODE_OPTIONS: `--import=${path.resolve('test/support/skewed-clock.ts')}`,
  };
  ahead = await startProcess({ ...settings, PORT: String(port), CLOCK_SKEW: '600' });
  behind = await startProcess({ ...settings, CLOCK_SKEW: '-600' });
  atEnd(() => lab.close());
});

async function admin<T>(broker: BrokerProcess, pathname: string, body?: object, method = 'POST'): Promise<T> {
  const headers = { authorization: `Bearer ${broker.adminToken}`, 'content-type': 'application/json' };
  const init = body ? { method, body: JSON.stringify(body), headers } : { headers };
  const answer = await fetch(`${broker.url}/admin/v1${pathname}`, init);
  if (!answer.ok) throw new Error(`${pathname}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

interface App {
  readonly client_id: string;
  readonly created_at: string;
}
interface Event {
  readonly app: string;
  readonly at: string;
}

/** The lifetime in seconds. */
const off = (moment: string | Date) => Math.abs(new Date(moment).getTime() - Date.now()) / 1000;

test('events at one and then at the other are listed in that order, with their times', async () => {
  const apps: App[] = [];
  for (const broker of [ahead, behind, ahead, behind, behind, ahead])
    apps.push(await admin<App>(broker, '/apps', { name: 'An app', type: 'service' }));

  const { items: events } = await admin<{ items: Event[] }>(behind, '/events?type=app.created');
  expect(events.map(({ app }) => app)).toEqual(apps.map(({ client_id }) => client_id).reverse());
  for (const { at } of events) expect(off(at)).toBeLessThan(60);
  for (const { created_at } of apps) expect(off(created_at)).toBeLessThan(60);
});

test('a new key counts as new for commands too, although the machine’s clock says otherwise', async () => {
  const told = await runCommand(['keys', 'rotate-signing'], { ...settings, CLOCK_SKEW: '7200' });
  expect(told.stderr).toMatch(/The next key is too new for apps to know it/);
});

test('all rows of a sign-in, a refresh and an operator have the database’s time', async () => {
  const fleet = { ready: () => [ahead] };
  const app = await registerApp({ issuer: ahead.url, adminToken: ahead.adminToken, lab, fleet });
  await admin(ahead, '/webhooks', { url: receiver.url, events: ['user.created', 'token.refreshed'] });
  const { accessToken } = await app.signIn('visitor-1');
  const headers = { authorization: `Bearer ${accessToken}` };
  const answer = await fetch(`${ahead.url}/v1/me/identities/strict/token?force=true`, { headers });
  expect(answer.status).toBe(200);
  await admin(ahead, '/connections/strict', { scopes: ['a'] }, 'PATCH');
  await admin(ahead, '/apis', { name: 'An API', identifier: 'https://api.example' });

  const { rows: dated } = await pool.query<{ from: string; named: string }>(
    `SELECT quote_ident(table_name) AS from, column_name AS named FROM information_schema.columns
       WHERE table_schema = 'public' AND column_default = 'CURRENT_TIMESTAMP'
        AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)`,
  );
  expect(dated).toHaveLength(29);
  let seen = 0;
  for (const { from, named } of dated) {
    const { rows } = await pool.query<{ off: string }>(
      `SELECT abs(extract(epoch FROM now() - ${named})) AS off FROM ${from}`,
    );
    seen += rows.length;
    expect(
      rows.filter(({ off }) => Number(off) > 60),
      `${from}.${named}`,
    ).toEqual([]);
  }
  expect(seen).toBeGreaterThan(20);

  await expect.poll(() => receiver.received.length, { timeout: 10_000 }).toBe(2);
  for (const { body, headers } of receiver.received) {
    expect(off(JSON.parse(body).timestamp)).toBeLessThan(60);
    expect(off(new Date(1000 * Number(headers['webhook-timestamp'])))).toBeLessThan(60);
  }
});
