import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';
import { createDatabase, type Database } from '../../src/kit/database/database.ts';
import { applyMigrations } from '../../src/kit/database/migrate.ts';
import { createKeyring, type EncryptionKey, type Keyring } from '../../src/kit/keys/keyring.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import { findDamage, idOf, plantEntries, refreshOnce } from '../vault/rewrap-world.ts';

// npm run prove:rewrap. The command re-seals 100,000 entries with a new key, and is killed twice and run
// again. Two brokers refresh meanwhile: one with the new order of keys, one not restarted yet.

const count = Number(process.argv[2] ?? 100_000);
const k1 = { id: 'k1', key: randomBytes(32) };
const k2 = { id: 'k2', key: randomBytes(32) };
const figures: [what: string, figure: string][] = [];
const note = (what: string, figure: number | string) =>
  figures.push([what, typeof figure === 'number' ? figure.toLocaleString('en') : figure]);

interface Refresher {
  readonly saved: Map<string, number>;
  refreshes: number;
  stop(): Promise<void>;
}

/** Refreshes random entries, as fast as `workers` can, and records the newest version of each. */
function startRefreshing(database: Database, keyring: Keyring, workers: number): Refresher {
  const store = createEntryStore(database);
  const saved = new Map<string, number>();
  let working = true;
  const refresher = { saved, refreshes: 0, stop };
  const work = async () => {
    while (working) {
      const id = idOf(1 + Math.floor(Math.random() * count));
      const version = await refreshOnce(store, keyring, id);
      if (version) {
        saved.set(id, Math.max(version, saved.get(id) ?? 1));
        refresher.refreshes += 1;
      }
      await pause(1);
    }
  };
  const done = Promise.all(Array.from({ length: workers }, work));
  async function stop() {
    working = false;
    await done;
  }
  return refresher;
}

function startRewrap(url: string, keys: readonly EncryptionKey[]): ChildProcess {
  const setting = keys.map(({ id, key }) => `${id}:${Buffer.from(key).toString('base64')}`).join();
  const args = ['--disable-warning=ExperimentalWarning', 'src/cli.ts', 'keys', 'rewrap'];
  const env = { PATH: process.env.PATH, DATABASE_URL: url, ENCRYPTION_KEYS: setting };
  return spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function countOf(pool: pg.Pool, keyId: string): Promise<number> {
  const text = 'SELECT count(*)::int AS entries FROM vault_entry WHERE key_id = $1';
  return (await pool.query<{ entries: number }>(text, [keyId])).rows[0]?.entries ?? 0;
}

/** Kills the command when about so many entries are left on the old key. Returns the exact number. */
async function killedAt(child: ChildProcess, pool: pg.Pool, left: number): Promise<number> {
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_, signal) => resolve(signal)),
  );
  child.stdout?.resume();
  while (child.exitCode === null && (await countOf(pool, 'k1')) > left) await pause(20);
  child.kill('SIGKILL');
  if ((await exited) !== 'SIGKILL') throw new Error('it had ended before it was killed');
  return await countOf(pool, 'k1');
}

async function finished(child: ChildProcess): Promise<{ code: number | null; text: string }> {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text };
}

async function prove(url: string, database: Database): Promise<boolean> {
  const { pool } = database;
  await applyMigrations(url);
  await plantEntries(pool, createKeyring([k1]), count);
  note('entries sealed with k1', count);

  const brokers = [
    startRefreshing(database, createKeyring([k2, k1]), 3),
    startRefreshing(database, createKeyring([k1, k2]), 3),
  ] as const;
  const begun = performance.now();
  for (const [from, to] of [
    [0.55, 0.9],
    [0.15, 0.45],
  ] as const) {
    const left = Math.round(count * (from + Math.random() * (to - from)));
    note('SIGKILL with on k1 still', await killedAt(startRewrap(url, [k2, k1]), pool, left));
  }
  const last = startRewrap(url, [k2, k1]);
  const ending = finished(last);
  await pause(1500);
  // The rolling restart is complete: from now on every process writes with k2.
  await brokers[1].stop();
  const { code, text } = await ending;
  const seconds = (performance.now() - begun) / 1000;
  await brokers[0].stop();
  process.stdout.write(`the last run said:\n${text.replace(/^/gm, '  ')}\n`);

  const again = await finished(startRewrap(url, [k2, k1]));
  const saved = new Map<string, number>();
  for (const broker of brokers)
    for (const [id, version] of broker.saved) saved.set(id, Math.max(version, saved.get(id) ?? 1));
  const { unreadable, overwritten } = await findDamage(pool, createKeyring([k2]), saved);
  const left = await countOf(pool, 'k1');
  note('seconds for three runs', seconds.toFixed(1));
  note('refreshes meanwhile, by a broker with the new order', brokers[0].refreshes);
  note('refreshes meanwhile, by a broker with the old order', brokers[1].refreshes);
  note('entries refreshed at least once', saved.size);
  note('left on k1', left);
  note('unreadable with k2 alone', unreadable.length);
  note('not the token of their last refresh', overwritten.length);
  note('exit codes of the last run and of one more', `${code}, ${again.code}`);
  return left + unreadable.length + overwritten.length === 0 && again.code === 0;
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-prove-'));
// As root, PostgreSQL runs under another account, which must be able to enter the directory.
await chmod(directory, 0o711);
const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
const database = createDatabase({ url: postgres.url, poolSize: 10 });
try {
  const whole = await prove(postgres.url, database);
  const width = Math.max(...figures.map(([what]) => what.length));
  for (const [what, figure] of figures)
    process.stdout.write(`${what.padEnd(width)}  ${figure.padStart(9)}\n`);
  process.stdout.write(whole ? 'nothing lost\n' : 'LOSS\n');
  process.exitCode = whole ? 0 : 1;
} finally {
  await database.close();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
// The schema engine leaves a timer of ten seconds behind.
process.exit();
