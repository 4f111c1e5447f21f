import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { seconds } from '../../src/kit/clock.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { createFileKeys } from '../../src/kit/keys/file-keys.ts';
import type { KeyProvider } from '../../src/kit/keys/key-provider.ts';
import { createKeyWatch } from '../../src/kit/keys/key-watch.ts';
import { createKeyring } from '../../src/kit/keys/keyring.ts';
import { createReadiness } from '../../src/kit/readiness.ts';
import { createClientSecretSeals } from '../../src/login/seals-store.ts';
import { adminClient } from '../admin/client.ts';
import { callApi } from '../support/api.ts';
import { createApp, type TestApp } from '../support/app.ts';
import { atEnd } from '../support/at-end.ts';
import { startLine } from '../support/database-line.ts';
import { deafPooler } from '../support/deaf-pooler.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createWorld, type World } from '../support/world.ts';

// A process reports ready only if it can answer. Without its LISTEN connection it reads from the database.

const bound = { timeout: 5_000, interval: 50 };

const key = (id: string) => ({ id, key: randomBytes(32) });
const mine = key('mine');

let world: World;
let app: TestApp;

beforeAll(async () => {
  world = await createWorld({ keys: [mine] });
  app = await createApp(world, { connections: ['google'] });
});

async function probe(url: string, path = 'readyz') {
  const response = await fetch(`${url}/${path}`);
  return { status: response.status, body: (await response.json()) as { status: string; checks: object } };
}

const ready = { status: 200, body: { status: 'ready', checks: { database: 'ok', notifications: 'ok' } } };

async function disable(userId: string, disabled: boolean): Promise<void> {
  expect((await adminClient(world)('PATCH', `/users/${userId}`, { disabled })).status).toBe(200);
}

/** A person signs in, is served by the other process, and is disabled at this one. */
async function disabledElsewhere(url: string) {
  const { access_token: token } = await app.signIn({ connection: 'google', user: 'lin' });
  const me = await callApi(url, '/v1/me', token);
  expect(me.status).toBe(200);
  await disable(String(me.body.id), true);
  await expect.poll(async () => (await callApi(url, '/v1/me', token)).status, bound).toBe(401);
  await disable(String(me.body.id), false);
}

const listening = `datname = current_database() AND pid <> pg_backend_pid()
  AND query LIKE ANY (ARRAY['LISTEN%', '%AS next'])`;

/** Returns the server processes of the connections that listen now. */
async function listeners(): Promise<readonly number[]> {
  const { rows } = await world.database.pool.query<{ pid: number }>(
    `SELECT pid FROM pg_stat_activity WHERE ${listening}`,
  );
  return rows.map(({ pid }) => pid);
}

/** Ends the listening connections of all processes. Returns them; a server process ends a moment later. */
async function endListeners(): Promise<readonly number[]> {
  const { rows } = await world.database.pool.query<{ pid: number }>(
    `SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${listening}`,
  );
  return rows.map(({ pid }) => pid);
}

it('the liveness probe states the version', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  expect(await probe(world.issuer, 'healthz')).toEqual({ status: 200, body: { status: 'ok', version } });
  expect(await probe(world.issuer)).toEqual(ready);
});

describe('a listening connection', () => {
  it('that ends twice during its set-up: the process is not ready, listens again, and leaves nothing open', async () => {
    const other = await world.another();
    const lock = new pg.Client({ connectionString: world.database.url });
    await lock.connect();
    await lock.query('BEGIN; LOCK TABLE revocation IN ACCESS EXCLUSIVE MODE');
    await expect.poll(listeners).toHaveLength(2);
    const former = await endListeners();
    const fresh = async () => (await listeners()).filter((pid) => !former.includes(pid));
    await expect.poll(fresh).toHaveLength(2);
    expect(await probe(other.url)).toMatchObject({
      status: 503,
      body: { status: 'not ready', checks: { database: 'ok', notifications: 'notifications are not heard' } },
    });
    await endListeners();
    await lock.query('ROLLBACK');
    await lock.end();
    for (const url of [world.issuer, other.url]) await expect.poll(() => probe(url)).toEqual(ready);
    // A failed connection ends when its server notices.
    await expect.poll(listeners).toHaveLength(2);
    await disabledElsewhere(other.url);
  });

  it('through a pooler that drops notifications: this is reported, and revocations are read', async () => {
    const url = await deafPooler(world.database.url);
    const deaf = await world.another({ database: createDatabase({ url, poolSize: 5 }) });
    expect(await probe(deaf.url)).toMatchObject({ status: 503, body: { checks: { database: 'ok' } } });
    // The first silence lasts as long as the start waits for the notification.
    await expect.poll(() => world.logged().match(/DIRECT_DATABASE_URL must lead/g)).not.toBeNull();
    await disabledElsewhere(deaf.url);
    expect(world.logged().match(/DIRECT_DATABASE_URL must lead/g)).toHaveLength(1);
    const direct = { url, directUrl: world.database.url };
    const hearing = await world.another({ database: createDatabase({ ...direct, poolSize: 5 }) });
    await expect.poll(() => probe(hearing.url)).toEqual(ready);
  });
});

describe('a database', () => {
  it('that is read-only: not ready, and ready again as soon as sessions may write', async () => {
    await withReadOnlyDatabase(world.database, async () => {
      await expect
        .poll(() => probe(world.issuer), bound)
        .toMatchObject({ status: 503, body: { checks: { database: 'the database only reads' } } });
    });
    await expect.poll(() => probe(world.issuer), bound).toEqual(ready);
  });

  it('whose sessions have outlived the failover: they leave the pool, and new ones write', async () => {
    const database = createDatabase({ url: world.database.url, poolSize: 3 });
    atEnd(() => database.close());
    const readers = await Promise.all([1, 2, 3].map(() => database.pool.connect()));
    for (const reader of readers) await reader.query('SET default_transaction_read_only = on');
    for (const reader of readers) reader.release();
    const write = () =>
      database.prisma.$transaction([database.prisma.revocation.deleteMany({ where: { kind: '' } })]);
    await expect(write()).rejects.toThrow();
    await Promise.all([1, 2, 3].map(() => database.pool.query('SELECT pg_sleep(0.01)')));
    await Promise.all([1, 2, 3].map(write));
    await database.requireWritable(1_000);
  });

  it('that hangs: the probe is answered nevertheless', async () => {
    const line = await startLine(world.database.url);
    const hung = await world.another({ database: createDatabase({ url: line.url, poolSize: 5 }) });
    expect(await probe(hung.url)).toEqual(ready);
    line.swallow();
    const begun = performance.now();
    expect(await probe(hung.url)).toMatchObject({ status: 503, body: { status: 'not ready' } });
    expect(performance.now() - begun).toBeLessThan(2_500);
    line.mend();
    await expect.poll(() => probe(hung.url), { timeout: 10_000, interval: 100 }).toEqual(ready);
  });
});

describe('the encryption keys', () => {
  it('become unreadable, and readable again', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-keys-'));
    atEnd(() => rm(directory, { recursive: true, force: true }));
    const file = path.join(directory, 'keys');
    const line = `k1:${randomBytes(32).toString('base64')}`;
    await writeFile(file, line, { mode: 0o600 });
    const provider = createFileKeys('ENCRYPTION_KEYS_FILE', file, { production: true });
    const keyring = createKeyring(await provider.load());
    const readiness = createReadiness();
    readiness.require('keys', createKeyWatch({ provider, keyring, sealed: [], clock: world.clock }));
    expect(await readiness.report()).toEqual({ ready: true, checks: { keys: 'ok' } });
    await rm(file);
    expect(await readiness.report()).toEqual({
      ready: false,
      checks: { keys: 'the encryption keys cannot be read' },
    });
    await writeFile(file, line, { mode: 0o600 });
    expect(await readiness.report()).toMatchObject({ ready: true });
  });

  it('lack one that another process seals with', async () => {
    const sealed = [createClientSecretSeals(world.database.pool)];
    const provider: KeyProvider = { setting: 'ENCRYPTION_KEYS', load: async () => [mine] };
    const watch = createKeyWatch({ provider, keyring: createKeyring([mine]), sealed, clock: world.clock });
    await watch();
    const other = await world.another({ keys: [key('theirs'), mine] });
    await other.broker.connections.change('github', { client_secret: 'another-secret' });
    world.clock.advance(seconds(15));
    await expect(watch()).rejects.toThrow('an encryption key is missing');
  });

  it('have sealed as much as they may', async () => {
    const provider: KeyProvider = { setting: 'ENCRYPTION_KEYS', load: async () => [mine] };
    const keyring = createKeyring([mine]);
    const watch = createKeyWatch({ provider, keyring, sealed: [], isUsedUp: () => true, clock: world.clock });
    await expect(watch()).rejects.toThrow('an encryption key is used up');
  });
});
