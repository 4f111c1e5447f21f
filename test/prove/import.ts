import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '../../src/assembly/embedded-postgres.ts';

// npm run prove:import. The command imports 100,000 users with 150,000 accounts and their tokens from one
// JSON document. It is killed twice and run again; one more run changes nothing.

const count = Number(process.argv[2] ?? 100_000);
const accounts = count + Math.floor(count / 2);
const figures: [what: string, figure: string][] = [];
const note = (what: string, figure: number | string) =>
  figures.push([what, typeof figure === 'number' ? figure.toLocaleString('en') : figure]);

function* exported(): Generator<string> {
  for (let n = 0; n < count; n += 1) {
    const google = {
      provider: 'google-oauth2',
      connection: 'google-oauth2',
      user_id: `1${String(n).padStart(20, '0')}`,
      isSocial: true,
      access_token: `ya29.${n}-${'a'.repeat(180)}`,
      refresh_token: `1//${n}-${'r'.repeat(90)}`,
      expires_in: 3599,
    };
    const github = { provider: 'github', connection: 'github', user_id: n, access_token: `gho_${n}` };
    const user = {
      user_id: `google-oauth2|${google.user_id}`,
      name: `Person ${n}`,
      email: `person-${n}@example.com`,
      email_verified: true,
      picture: `https://pictures.example/${n}.png`,
      created_at: '2024-03-01T10:00:00.000Z',
      last_login: '2026-10-01T10:00:00.000Z',
      identities: n % 2 ? [google, github] : [google],
      app_metadata: { plan: 'free' },
    };
    yield `${n === 0 ? '[\n' : ',\n'}${JSON.stringify(user, null, 1)}`;
  }
  yield '\n]\n';
}

function begin(url: string, key: string, ...args: string[]): ChildProcess {
  const env = { PATH: process.env.PATH, DATABASE_URL: url, ENCRYPTION_KEYS: `k1:${key}` };
  const command = [
    '--disable-warning=ExperimentalWarning',
    '--max-old-space-size=512',
    'src/cli.ts',
    ...args,
  ];
  return spawn(process.execPath, command, { env, stdio: ['ignore', 'pipe', 'inherit'] });
}

async function finished(
  child: ChildProcess,
): Promise<{ code: number | null; text: string; seconds: number }> {
  const begun = performance.now();
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, text, seconds: (performance.now() - begun) / 1000 };
}

async function killedAt(child: ChildProcess, pool: pg.Pool, users: number): Promise<number> {
  const exited = new Promise<NodeJS.Signals | null>((resolve) =>
    child.once('exit', (_, signal) => resolve(signal)),
  );
  child.stdout?.resume();
  while (child.exitCode === null && (await rows(pool, '"user"')) < users) await pause(50);
  child.kill('SIGKILL');
  if ((await exited) !== 'SIGKILL') throw new Error('it had ended before it was killed');
  return await rows(pool, '"user"');
}

async function rows(pool: pg.Pool, from: string): Promise<number> {
  const text = `SELECT count(*)::int AS n FROM ${from}`;
  const missing = (error: unknown) => error instanceof pg.DatabaseError && error.code === '42P01';
  try {
    return (await pool.query<{ n: number }>(text)).rows[0]?.n ?? 0;
  } catch (error) {
    if (missing(error)) return 0;
    throw error;
  }
}

async function contents(pool: pg.Pool): Promise<string> {
  const digest = (table: string, by: string) =>
    pool.query(`SELECT md5(string_agg(md5(t::text), '' ORDER BY ${by})) AS md5 FROM ${table} t`);
  const all = [digest('"user"', 'id'), digest('identity', 'id'), digest('vault_entry', 'identity_id')];
  return JSON.stringify((await Promise.all(all)).map((answer) => answer.rows));
}

async function prove(url: string, pool: pg.Pool, file: string): Promise<boolean> {
  const key = randomBytes(32).toString('base64');
  await pipeline(Readable.from(exported()), createWriteStream(file));
  note('users in the file', count);
  note('accounts in the file, each with a token', accounts);
  note('megabytes', Math.round((await stat(file)).size / 1e6));
  for (const alias of ['google', 'github'])
    await finished(begin(url, key, 'connections', 'add', alias, '--provider', alias, '--client-id', 'x'));
  const imports = () => begin(url, key, 'import', 'auth0', file, '--map', 'google-oauth2=google');

  const dry = await finished(
    begin(url, key, 'import', 'auth0', file, '--map', 'google-oauth2=google', '--dry-run'),
  );
  note('seconds for the dry run', dry.seconds.toFixed(1));
  note('rows written by it', (await rows(pool, '"user"')) + (await rows(pool, 'vault_entry')));
  const begun = performance.now();
  for (const share of [0.3, 0.7])
    note('SIGKILL with so many users taken', await killedAt(imports(), pool, Math.round(count * share)));
  const last = await finished(imports());
  const seconds = (performance.now() - begun) / 1000;
  process.stdout.write(`the last run said:\n${last.text.replace(/^/gm, '  ')}\n`);
  note('seconds for three runs', seconds.toFixed(1));
  const before = await contents(pool);
  const again = await finished(imports());
  note('seconds for one more', again.seconds.toFixed(1));
  const same = before === (await contents(pool));
  note('which changed something', same ? 'no' : 'YES');

  const held = [await rows(pool, '"user"'), await rows(pool, 'identity'), await rows(pool, 'vault_entry')];
  note('users, identities, tokens in the end', held.map((n) => n.toLocaleString('en')).join(' '));
  const lonely = await rows(pool, '"user" u WHERE NOT EXISTS (SELECT FROM identity WHERE user_id = u.id)');
  note('users without an account', lonely);
  note('exit codes', `${dry.code}, ${last.code}, ${again.code}`);
  const whole = held[0] === count && held[1] === accounts && held[2] === accounts && lonely === 0;
  return whole && same && dry.code === 0 && last.code === 0 && again.code === 0;
}

const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-prove-'));
// As root, PostgreSQL runs under another account, which must be able to enter the directory.
await chmod(directory, 0o711);
const postgres = await startEmbeddedPostgres(path.join(directory, 'postgres'));
const pool = new pg.Pool({ connectionString: postgres.url, max: 4 });
// At the end PostgreSQL may stop before its last connection is closed. A query that fails still throws.
pool.on('error', () => undefined);
try {
  const whole = await prove(postgres.url, pool, path.join(directory, 'users.json'));
  const width = Math.max(...figures.map(([what]) => what.length));
  for (const [what, figure] of figures)
    process.stdout.write(`${what.padEnd(width)}  ${figure.padStart(9)}\n`);
  process.stdout.write(whole ? 'all there, once\n' : 'NOT AS IT SHOULD BE\n');
  process.exitCode = whole ? 0 : 1;
} finally {
  await pool.end();
  await postgres.stop();
  await rm(directory, { recursive: true, force: true });
}
