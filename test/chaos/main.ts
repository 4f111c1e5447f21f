import { copyFile, mkdtemp } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { registerApp } from './app.ts';
import { fatesOf } from './fates.ts';
import { createGate } from './gate.ts';
import { harvest } from './harvest.ts';
import { askDatabase, deadForAReason, everyRowOpens, keptIsNewest, shownOnce } from './invariants.ts';
import { complaints, searchLogs } from './leaks.ts';
import { askUntilSettled, expire, keepAsking, type Load } from './load.ts';
import { type Options, readOptions } from './options.ts';
import { arrive, arriveAgain, type Cast, type Person } from './person.ts';
import { createRandom } from './random.ts';
import { evidence, report } from './report.ts';
import { type Stage, setStage } from './stage.ts';
import { createTally, type Tally } from './tally.ts';
import {
  holdDatabase,
  interruptDatabase,
  killBrokers,
  killConnections,
  suspendBrokers,
  upsetKeys,
  upsetProvider,
} from './trouble.ts';
import { checkWithdrawn, withdraw } from './withdraw.ts';

// `npm run chaos [-- --seed=…]`: three brokers on one PostgreSQL, a provider that accepts no old refresh
// token, and many faults at once. It ends with a table, and fails when a token was lost without need.

const begun = performance.now();
const elapsed = (since = begun) => Math.round((performance.now() - since) / 1000);
const say = (words: string) => process.stderr.write(`[${String(elapsed()).padStart(3)} s] ${words}\n`);

/** As long as other brokers wait for a killed one to save its result. */
const longestQuarantine = 200;

async function play(options: Options, opened: AsyncDisposableStack): Promise<boolean> {
  const stage = await setStage(options.seed, opened);
  const tally = createTally();
  const cast = { stage, tally, app: await registerApp(stage) };
  say(`three brokers at ${stage.issuer}, seed ${options.seed}`);
  const people = await signEverybodyIn(cast, options);
  say(`${people.length} people have signed in`);
  const trouble = await makeTrouble(cast, people, options);
  say(
    `trouble is over after ${tally.of('forced refreshes')} forced refreshes; looking at everybody once more`,
  );
  await lookOnceMore({ ...cast, random: createRandom(options.seed, 'end'), isOver: () => false }, people);
  return await judge(cast, people, { options, trouble });
}

async function signEverybodyIn(cast: Cast, { people }: Options): Promise<readonly Person[]> {
  const gate = createGate(8);
  const users = Array.from({ length: people }, (_, index) => `visitor-${index + 1}`);
  return await Promise.all(users.map((user) => gate(() => arrive(cast, user))));
}

/** Returns the duration in seconds. */
async function makeTrouble(cast: Cast, people: readonly Person[], options: Options): Promise<number> {
  const started = performance.now();
  const { seed, refreshes, calm, least, most } = options;
  const isOver = () =>
    elapsed(started) >= most || (elapsed(started) >= least && cast.tally.of('forced refreshes') >= refreshes);
  const part = (purpose: string) => ({ ...cast, isOver, calm, random: createRandom(seed, purpose) });
  const withdrawals = people.slice(0, 6).map(async (person, index) => {
    for (let waited = 0; waited < 8 * (index + 1) && !isOver(); waited += 1) await pause(1000);
    if (!isOver()) await withdraw(part(`withdrawal ${index}`), person);
  });
  for (const line of cast.stage.lines) line.roughen(true);
  await Promise.all([
    killBrokers(part('brokers')),
    suspendBrokers(part('pauses')),
    killConnections(part('connections')),
    interruptDatabase(part('database')),
    holdDatabase(part('lock')),
    upsetProvider(part('provider')),
    upsetKeys(part('keys')),
    ...withdrawals,
    ...people.map((person) => keepAsking(part(person.user), person)),
  ]);
  for (const { roughen, struck } of cast.stage.lines) {
    roughen(false);
    for (const [what, count] of Object.entries(struck)) cast.tally.add(`answers to apps ${what}`, count);
  }
  return elapsed(started);
}

/** Without faults: every person's token is retrieved, and unfinished work completes. */
async function lookOnceMore(load: Load, people: readonly Person[]): Promise<void> {
  await load.stage.control('DELETE', '/faults');
  await load.stage.fleet.untilReady();
  const started = performance.now();
  const isOver = () => elapsed(started) > longestQuarantine;
  await Promise.all(
    people.map(async (person) => {
      if (person.revoked) return await checkWithdrawn(load, person);
      await expire(load, person);
      const answer = await askUntilSettled(load, person, isOver);
      if (answer && answer.kind !== 'token') {
        await arriveAgain(load, person);
        await expire(load, person);
      }
      const last = answer?.kind === 'token' ? answer : await askUntilSettled(load, person, isOver);
      if (last?.kind !== 'token')
        load.tally.evidence('!no token in peace', `${person.identityId} ${last?.kind}`);
    }),
  );
}

async function judge(
  { stage, tally }: { stage: Stage; tally: Tally },
  people: readonly Person[],
  { options, trouble }: { options: Options; trouble: number },
): Promise<boolean> {
  // The sweep refreshes tokens without faults too, so it is stopped before the comparison.
  await stage.fleet.stop();
  const reaped = await harvest(stage, people);
  const { killed, died, retired, paused } = stage.fleet;
  const ends = { killed: [...killed, ...died], retired, paused, outages: stage.outages };
  const fates = fatesOf(people, reaped, ends);
  const finding = { tally, reaped, fates };
  keptIsNewest(finding);
  shownOnce(finding, ends);
  deadForAReason(finding);
  everyRowOpens(finding, people);
  await askDatabase(stage, finding, people);
  await searchLogs(
    stage,
    tally,
    people.flatMap(({ tokens }) => [tokens.accessToken, tokens.refreshToken]),
  );
  for (const { label, wasReady } of stage.fleet.died) {
    if (wasReady) tally.evidence('!a broker ended by itself', label);
  }
  if (tally.of('forced refreshes') < options.refreshes) {
    tally.evidence('!too few forced refreshes', String(tally.of('forced refreshes')));
  }
  const { refresh_tokens: provider } = await stage.control<{ refresh_tokens: Record<string, number> }>(
    'GET',
    '',
  );
  const { rows } = await stage.pool.query<{ count: number }>(
    `SELECT count(*)::int FROM audit_event
     WHERE type = 'token.refreshed' AND (detail->>'after_unfinished')::boolean`,
  );
  const goneWell = rows[0]?.count ?? 0;
  const seconds = { trouble, all: elapsed() };
  process.stdout.write(`${report({ options, stage, tally, fates, provider, goneWell, seconds })}\n`);
  const cases = evidence(tally);
  if (cases) process.stdout.write(`\n${cases}\n`);
  const said = await complaints(stage);
  process.stderr.write(`\nthe brokers’ errors, most frequent first:\n`);
  for (const [message, count] of said.slice(0, 25))
    process.stderr.write(`${String(count).padStart(6)}  ${message}\n`);
  const holds = tally.under('!').length === 0;
  if (!holds) say(`what the brokers wrote is kept in ${await keepLogs(stage)}`);
  return holds;
}

/** An unexplained loss can only be understood next to its broker's log. */
async function keepLogs({ fleet }: Stage): Promise<string> {
  const kept = await mkdtemp(path.join(os.tmpdir(), 'symbolon-chaos-logs-'));
  await Promise.all(fleet.logFiles.map((file) => copyFile(file, path.join(kept, path.basename(file)))));
  return kept;
}

const opened = new AsyncDisposableStack();
try {
  process.exitCode = (await play(readOptions(), opened)) ? 0 : 1;
} finally {
  await opened.disposeAsync();
}
