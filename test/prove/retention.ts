import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { createAuditChain } from '../../src/kit/audit/close-seals.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { createEventMark } from '../../src/kit/events/event-mark.ts';
import { createLog } from '../../src/kit/log.ts';
import { registerApp } from '../chaos/app.ts';
import { type Stage, setStage } from '../chaos/stage.ts';
import { seedEvents } from './seed-events.ts';

// npm run prove:retention. Three brokers hand out tokens without a pause. Meanwhile the roll-up counts events of 16 weeks,
// and retention removes most of them. Both are killed again and again, and run again.

const events = Number(process.argv[2] ?? 200_000);
const weeks = 16;
const kept = { AUDIT_KEEP_DAYS: '70', AUDIT_KEEP_RETRIEVALS_DAYS: '14' };
const counted = `SELECT coalesce(sum(coalesce((detail->>'times')::int, 1)), 0)::int AS n FROM audit_event
  WHERE type IN ('token.retrieved', 'token.proxied', 'token.refused')`;
const opened = new AsyncDisposableStack();
try {
  process.exitCode = (await prove(await setStage('retention', opened))) ? 0 : 1;
} finally {
  await opened.disposeAsync();
}

async function prove(stage: Stage): Promise<boolean> {
  const { pool, keyring, fleet } = stage;
  const number = async (text: string) => Number((await pool.query(text)).rows[0]?.n ?? 0);
  const client = await pool.connect();
  await client.query('SET ROLE broker');
  await seedEvents(client, { events, weeks });
  await client.query('RESET ROLE');
  client.release();
  const app = await registerApp(stage);
  await pause(2_500);
  const { accessToken } = await app.signIn('lin');
  const border = `timestamptz '${new Date(Date.now() - 3_600_000).toISOString()}'`;
  const seeded = await number(`${counted} AND at < ${border}`);

  const answers: { readonly status: number; readonly took: number }[] = [];
  let loading = true;
  const load = fleet.ready().map(async ({ url }) => {
    while (loading) {
      answers.push(await ask(url, accessToken));
      await pause(20);
    }
  });

  const rollUpKills = await killed(stage, ['test/prove/roll-up-run.ts'], [1_500, 2_000, 2_600, 3_300]);
  const chain = createAuditChain({
    ...{ pool, keyring, clock: systemClock, log: createLog('silent') },
    mark: createEventMark(keyring),
  });
  await chain.close();
  // The feed of webhooks and the roll-up follow within seconds.
  await pause(5_000);
  const waits = [1_500, 2_000, 2_500, 3_000, 3_500, 4_000, 5_000];
  const retentionKills = await killed(stage, ['src/cli.ts', 'audit', 'retain'], waits);
  const again = await finished(run(stage, ['src/cli.ts', 'audit', 'retain']));
  loading = false;
  await Promise.all(load);
  // The last batches of retrievals are written, counted and sealed.
  await pause(5_000);
  await chain.close();
  const verified = await finished(run(stage, ['src/cli.ts', 'audit', 'verify', '--json']));
  const forged = (JSON.parse(verified.text).findings as { kind: string }[]).filter(
    ({ kind }) => kind !== 'unmarked',
  );

  const since = await number(`${counted} AND at >= ${border}`);
  const sum = `SELECT coalesce(sum(n), 0) AS n FROM usage_day WHERE kind = 'retrieval'`;
  let recent = 0;
  // A broker may be counting at the same time, and a killed run holds its lock for a moment.
  for (let tries = 0; tries < 20 && recent !== seeded + since; tries += 1) {
    await finished(run(stage, ['test/prove/roll-up-run.ts']));
    recent = await number(sum);
  }
  const failed = answers.filter(({ status }) => status !== 200).length;
  const times = answers.map(({ took }) => took).sort((one, other) => one - other);
  const left = await number(`SELECT count(*) AS n FROM audit_event WHERE at < now() - interval '1 hour'`);
  const figures: [string, string | number][] = [
    ['events of the past', events],
    ['of them left', left],
    ['retrievals meanwhile', answers.length],
    ['failed', failed],
    ['slowest, ms', Math.round(times.at(-1) ?? 0)],
    ['99th of a hundred, ms', Math.round(times[Math.floor(times.length * 0.99)] ?? 0)],
    ['SIGKILL of the roll-up', rollUpKills],
    ['SIGKILL of retention', retentionKills],
    ['retrievals in the audit before', seeded],
    ['and since', since],
    ['counted by the roll-ups', recent],
    ['findings of the check of the chain', forged.length],
  ];
  for (const [what, figure] of figures) console.info(`${what.padEnd(40)} ${figure.toLocaleString('en')}`);
  console.info(`the last run of retention said: ${again.text.trim()}${again.errors.trim()}`);
  if (forged.length > 0) console.info(forged.slice(0, 3));
  return (
    failed === 0 && again.code === 0 && recent === seeded + since && forged.length === 0 && left < events / 2
  );
}

async function ask(url: string, token: string) {
  const begun = performance.now();
  const status = await fetch(`${url}/v1/me/identities/strict/token`, {
    headers: { authorization: `Bearer ${token}` },
  }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.status;
    },
    () => 0,
  );
  return { status, took: performance.now() - begun };
}

/** Starts the program again and again, and kills it after each time; then lets it finish. Returns how many were killed. */
async function killed(stage: Stage, args: readonly string[], waits: readonly number[]): Promise<number> {
  let count = 0;
  for (const wait of waits) {
    const child = run(stage, args);
    const ending = finished(child);
    await Promise.race([ending, pause(wait)]);
    if (child.exitCode === null && child.kill('SIGKILL')) count += 1;
    await ending;
  }
  await finished(run(stage, args));
  return count;
}

function run({ settings }: Stage, args: readonly string[]): ChildProcess {
  const env = { PATH: process.env.PATH, ...settings, ...kept };
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], { env });
}

async function finished(child: ChildProcess): Promise<{ code: number | null; text: string; errors: string }> {
  const said = { text: '', errors: '' };
  child.stdout?.on('data', (chunk) => {
    said.text += String(chunk);
  });
  child.stderr?.on('data', (chunk) => {
    said.errors += String(chunk);
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, ...said };
}
