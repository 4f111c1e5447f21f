import { randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { tableOf } from '../../src/cli/table.ts';
import type { BrokerProcess } from '../chaos/broker-process.ts';
import { binaries } from './environments/servers.ts';
import * as postgres from './restore/cluster.ts';
import * as drill from './restore/installation.ts';

// npm run prove:restore. The drill of docs/backup.md, with each PostgreSQL of this machine: a broker with people, grants and a token set in
// DATA_DIR/unsaved is backed up, everything is destroyed, and a new server and a new folder get the backup. POSTGRES_BINARIES
// names more folders of PostgreSQL programs. `--keep` leaves the files.

const rows: string[][] = [['PostgreSQL', 'backup', 'check', 'outcome']];
let failed = 0;
const opened = new AsyncDisposableStack();

type Check = (name: string, holds: boolean | Promise<boolean>, found?: unknown) => Promise<void>;

interface Scene {
  readonly programs: postgres.Programs;
  readonly house: Awaited<ReturnType<typeof drill.createInstallation>>;
  readonly directory: string;
  readonly check: Check;
}

/** The parts of the story that both ways of a backup share, up to the loss of the machine. */
async function liveUntilLoss(scene: Scene, backUp: (cluster: postgres.Cluster) => Promise<void>) {
  const { programs, house, directory } = scene;
  const archive = postgres.ownFolder(path.join(directory, 'archive'));
  const before = postgres.ownFolder(path.join(directory, 'before'));
  const data = path.join(directory, 'data');
  postgres.initialise(programs, path.join(before, 'pg'), archive);
  const cluster = await postgres.startCluster(programs, path.join(before, 'pg'));
  opened.defer(() => cluster.kill());
  await postgres.makeDatabase(cluster);
  const broker = await drill.start(house, { port: house.port, url: cluster.url, data });
  stopAtEnd(broker);
  if (!broker.ready) throw new Error(`the broker does not start: ${broker.log}`);
  const { app, service } = await drill.register(house);
  const arrive = (user: string) => drill.arrive(house, app, user);
  const calm = [await arrive('lin'), await arrive('ada'), await arrive('visitor-1')];
  const [rotated, unsaved, revoked] = [
    await arrive('visitor-2'),
    await arrive('visitor-3'),
    await arrive('visitor-4'),
  ];
  const keys = await drill.signingKeys(house);

  await backUp(cluster);

  // Life goes on after the backup: provider tokens are rotated, and a token of ours is revoked.
  for (const person of [rotated, unsaved]) await expire(cluster, person);
  for (const person of [rotated, unsaved]) await drill.retrieve(house, service, person);
  await app.revoke(revoked.tokens.refreshToken, house.issuer);
  // The last refresh meets a database that is away, so that its only copy is on the disk of the broker.
  await fetch(`${house.lab.url}/control/strict/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ on: 'refresh', fault: 'none', delay_ms: 2000 }),
  });
  await expire(cluster, unsaved);
  const late = drill.retrieve(house, service, unsaved).catch(() => undefined);
  await until(
    async () => (await cluster.ask('SELECT 1 FROM refresh_intent')).length > 0,
    'no refresh begins',
  );
  await cluster.ask('ALTER ROLE broker CONNECTION LIMIT 0');
  await cluster.ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'broker'`);
  await until(async () => drill.unsavedIn(data).length > 0, 'no token set is spilled');
  await late;
  broker.kill('SIGKILL');
  await broker.exited;
  await postgres.archiveAll(cluster);
  const kept = path.join(directory, 'kept', 'unsaved');
  cpSync(path.join(data, 'unsaved'), kept, { recursive: true });

  await cluster.kill();
  for (const folder of [before, data]) rmSync(folder, { recursive: true, force: true });
  return { app, service, calm, rotated, unsaved, revoked, keys, archive, kept };
}

type Story = Awaited<ReturnType<typeof liveUntilLoss>>;

/** A new cluster in a folder of its own, which the way of the backup fills, and a new DATA_DIR. */
async function newPlace(
  { directory, programs }: Scene,
  { kept }: Story,
  fill: (data: string) => Promise<void> | void,
) {
  const after = postgres.ownFolder(path.join(directory, 'after'));
  const data = path.join(directory, 'data-after');
  mkdirSync(data);
  cpSync(kept, path.join(data, 'unsaved'), { recursive: true });
  await fill(path.join(after, 'pg'));
  const cluster = await postgres.startCluster(programs, path.join(after, 'pg'));
  opened.defer(() => cluster.kill());
  return { cluster, url: cluster.url, data };
}

type Place = Awaited<ReturnType<typeof newPlace>>;

/** A wrong key is refused before anything is changed. */
async function tryWrongKey({ house, check }: Scene, { url, data }: Place): Promise<void> {
  const wrong = `drill:${randomBytes(32).toString('base64')}`;
  const other = `another:${randomBytes(32).toString('base64')}`;
  for (const [name, key] of [
    ['a wrong key of the same name', wrong],
    ['another key', other],
  ] as const) {
    const broker = await drill.start(house, { port: house.port, url, data, key });
    if (broker.ready) broker.kill('SIGKILL');
    await broker.exited;
    const words = readFileSync(broker.log, 'utf8').trim();
    await check(
      `${name} ends the start, and the message names it`,
      !broker.ready && /symbolon: .*drill/.test(words),
      words,
    );
  }
  await check('the unsaved token set is still there', drill.unsavedIn(data).length === 1);
}

async function startAgain({ house, check }: Scene, { url, data }: Place) {
  const broker = await drill.start(house, { port: house.port, url, data });
  stopAtEnd(broker);
  await check('the broker starts', broker.ready, broker.log);
  await check('the unsaved token set is taken in', drill.unsavedIn(data).length === 0);
  return broker;
}

async function checkTokens({ house, check }: Scene, story: Story, people: Story['calm']): Promise<void> {
  for (const person of people) {
    const { status, body } = await drill.retrieve(house, story.service, person);
    const works = status === 200 && (await drill.isTokenOf(house, person.user, body.access_token));
    await check(`the provider accepts the token of ${person.user}`, works, { status, body });
  }
}

async function checkWhole({ house, check }: Scene, place: Place): Promise<void> {
  const audit = await drill.command(house, place, 'audit', 'verify');
  await check('the chain of the audit is whole', audit.code === 0, audit.output);
  const tags = await drill.command(house, place, 'rows', 'check');
  await check('each row has its tag', tags.code === 0, tags.output);
}

/** A base backup with all of the WAL loses nothing. */
async function proveBase(scene: Scene): Promise<void> {
  const { house, check, directory, programs } = scene;
  const base = path.join(postgres.ownFolder(path.join(directory, 'backup')), 'base');
  let way = '';
  const story = await liveUntilLoss(scene, async (cluster) => {
    way = await postgres.takeBase(programs, cluster, base);
  });
  const place = await newPlace(scene, story, (data) => {
    cpSync(base, data, { recursive: true, preserveTimestamps: true });
    postgres.ownAll(data);
    postgres.recoverFrom(data, story.archive);
  });
  await check(`the base backup (${way}) and the WAL are replayed`, true);
  // The role was locked out when the machine was lost.
  await place.cluster.ask('ALTER ROLE broker CONNECTION LIMIT -1');
  await tryWrongKey(scene, place);
  const broker = await startAgain(scene, place);
  await check('the signing keys are the same', String(await drill.signingKeys(house)) === String(story.keys));
  const [lin] = story.calm;
  if (lin)
    await check('our tokens are still accepted', (await drill.me(house.issuer, lin.tokens)).status === 200);
  const gone = await drill.me(house.issuer, story.revoked.tokens);
  await check('a token that was revoked after the backup stays revoked', gone.status === 401, gone);
  await checkTokens(scene, story, [...story.calm, story.rotated, story.unsaved]);
  for (const person of [story.rotated, story.unsaved]) {
    await expire(place.cluster, person);
    // The lease of the process that was killed lasts up to 30 seconds, as everywhere.
    let answer = await drill.retrieve(house, story.service, person);
    for (let tries = 0; answer.status === 503 && tries < 60; tries += 1) {
      await pause(1000);
      answer = await drill.retrieve(house, story.service, person);
    }
    await check(`the refresh token of ${person.user} works`, answer.status === 200, answer);
  }
  await checkWhole(scene, place);
  await end(broker);
}

/** A dump lacks all that came after it: `symbolon restored` ends what came back, before the broker starts. */
async function proveDump(scene: Scene): Promise<void> {
  const { house, check, directory, programs } = scene;
  const file = path.join(directory, 'symbolon.dump');
  const story = await liveUntilLoss(scene, (cluster) => postgres.dump(programs, cluster, file));
  const place = await newPlace(scene, story, (data) => postgres.initialise(programs, data, story.archive));
  await postgres.makeDatabase(place.cluster);
  await postgres.restoreDump(programs, place.cluster, file);
  await check('the dump (pg_dump -Fc) is restored', true);
  await tryWrongKey(scene, place);
  const { code, output } = await drill.command(house, place, 'restored', '--yes');
  await check('symbolon restored ends what came back', code === 0, output);
  const broker = await startAgain(scene, place);
  await check(
    'the signing keys are new',
    !(await drill.signingKeys(house)).some((kid) => story.keys.includes(kid)),
  );
  const people = [...story.calm, story.revoked];
  const answers = await Promise.all(people.map(({ tokens }) => drill.me(house.issuer, tokens)));
  await check(
    'our tokens have ended, also the one that the dump brought back',
    answers.every(({ status }) => status === 401),
    answers,
  );
  await checkTokens(scene, story, [...story.calm, story.unsaved]);
  const stale = [];
  for (let times = 0; times < 3; times += 1)
    stale.push(await drill.retrieve(house, story.service, story.rotated));
  const isTyped = stale.every(
    ({ status, body }) =>
      status === 409 && body.reason === 'rotation_lost' && body.access_token === undefined,
  );
  await check(
    'a provider token that was rotated since gives 409 with rotation_lost, and no token',
    isTyped,
    stale,
  );
  const replays = await drill.replaysOf(house, story.rotated.user);
  await check('its refresh token was presented once more, and not in a loop', replays === 1, replays);
  const again = await drill.arrive(house, story.app, story.rotated.user);
  await check('its person signs in again and is the same user', again.userId === story.rotated.userId);
  await checkTokens(scene, story, [again]);
  await checkWhole(scene, place);
  await end(broker);
}

/** Marks the stored token of a person as expired, so that the next retrieval refreshes it. */
async function expire({ ask }: Pick<postgres.Cluster, 'ask'>, { userId }: drill.Person): Promise<void> {
  const text = `UPDATE vault_entry SET access_expires_at = now() - interval '1 second'
    WHERE identity_id IN (SELECT id FROM identity WHERE user_id = $1)`;
  await ask(text, [userId]);
}

async function until(holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let tries = 0; tries < 300; tries += 1) {
    if (await holds()) return;
    await pause(50);
  }
  throw new Error(otherwise);
}

function stopAtEnd(broker: BrokerProcess): void {
  opened.defer(() => end(broker));
}

async function end(broker: BrokerProcess): Promise<void> {
  broker.kill('SIGTERM');
  await broker.exited;
}

async function prove(
  programs: postgres.Programs,
  way: string,
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'symbolon-restore-'));
  // PostgreSQL runs under another account, which must be able to enter the directory.
  await chmod(directory, 0o711);
  if (!process.argv.includes('--keep')) opened.defer(() => rm(directory, { recursive: true, force: true }));
  const house = await drill.createInstallation(directory);
  opened.defer(() => house.lab.close());
  const check: Check = async (name, holds, found) => {
    const well = await holds;
    if (!well) failed += 1;
    rows.push([programs.version, way, name, well ? 'holds' : 'FAILS']);
    process.stderr.write(
      `${programs.version} ${way}: ${name}: ${well ? 'holds' : `FAILS ${JSON.stringify(found)}`}\n`,
    );
  };
  await story({ programs, house, directory, check }).catch((error: unknown) =>
    check(`runs to its end (files in ${directory})`, false, String(error)),
  );
}

try {
  for (const folder of binaries().filter((one) => existsSync(path.join(one, 'postgres')))) {
    const programs = postgres.programsIn(folder);
    await prove(programs, 'base and WAL', proveBase);
    if (programs.has('pg_dump') && programs.has('pg_restore')) await prove(programs, 'dump', proveDump);
    else rows.push([programs.version, 'dump', 'left out: no pg_dump beside this PostgreSQL', '']);
  }
  process.stdout.write(`\n${tableOf(rows)}`);
  process.exitCode = failed === 0 && rows.length > 1 ? 0 : 1;
} finally {
  await opened.disposeAsync();
}
