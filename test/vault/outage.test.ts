import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTargets } from '../../src/assembly/issuance-ports.ts';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import { createDatabase } from '../../src/kit/database/database.ts';
import { isDatabaseUnavailable } from '../../src/kit/database/database-errors.ts';
import { createEntryStore } from '../../src/vault/entry-store.ts';
import type { RefreshDeps } from '../../src/vault/refresh/refresh-deps.ts';
import { createSpill } from '../../src/vault/refresh/spill.ts';
import { createSweep } from '../../src/vault/refresh/sweep.ts';
import { createVault } from '../../src/vault/vault.ts';
import { atEnd } from '../support/at-end.ts';
import { type Line, startLine } from '../support/database-line.ts';
import { holdBack } from '../support/hold-back.ts';
import { playedReachability } from '../support/reachability.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// The database is unreachable for two processes after a rotating provider has answered one of them. The
// provider ends the whole family if it sees an old refresh token again.

let world: VaultWorld;
let line: Line;
let people = 0;
/** Runs callers in several processes while the clock stands still. */
const callers: Promise<unknown>[] = [];

beforeAll(async () => {
  world = await createVaultWorld();
  line = await startLine(world.database.url);
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };

/** A process behind the relay that has been running for long. */
function newProcess(owner: string) {
  const database = createDatabase({ url: line.url, poolSize: 5 });
  atEnd(() => database.close());
  const reachability = playedReachability();
  reachability.pass(minutes(10), 'with the database');
  const deps = {
    ...world.newRefreshing(owner),
    store: createEntryStore(database),
    reachability,
    spillAfter: seconds(1),
  };
  return { deps, reachability, vault: createVault(deps), sweep: sweepOf(deps) };
}

function sweepOf(deps: RefreshDeps) {
  const { all } = world.connections;
  const targetsOf = createTargets(world.identities, world.connections);
  return createSweep({ ...deps, vault: createVault(deps), connections: all, targetsOf });
}

async function refreshes(): Promise<number> {
  return (await world.control<{ counters: { refresh: number } }>('GET', 'strict')).counters.refresh;
}

/** The provider has rotated for this process, and its answer is on the way. */
async function answerUnderWay(process: ReturnType<typeof newProcess>) {
  people += 1;
  const target = await world.signIn('strict', `visitor-${people}`);
  world.clock.advance(hours(1));
  const calls = await refreshes();
  const goOn = await holdBack(world.control, 'strict', { on: 'refresh', after: true });
  const asked = process.vault.freshToken(target, soon).then(
    ({ kind }) => kind,
    (error: unknown) => (isDatabaseUnavailable(error) ? 'no database' : error),
  );
  callers.push(asked);
  await expect.poll(refreshes).toBe(calls + 1);
  return { target, calls: calls + 1, goOn, asked };
}

/** Moves the times in the rows, as if so many seconds had passed. */
async function later(identityId: string, by: number): Promise<void> {
  const { pool } = world.database;
  const past = 'make_interval(secs => $2)';
  const values = [identityId, by];
  await pool.query(
    `UPDATE refresh_intent SET started_at = started_at - ${past} WHERE identity_id = $1`,
    values,
  );
  await pool.query(
    `UPDATE vault_entry SET lease_until = lease_until - ${past} WHERE identity_id = $1`,
    values,
  );
}

/** The newest refresh token was saved: the provider accepts no older one. */
async function expectAlive(target: Parameters<VaultWorld['vault']['freshToken']>[0]) {
  await Promise.all(callers);
  for (let turn = 0; turn < 2; turn += 1) {
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(hours(1));
  }
}

describe('an outage that is longer than the quarantine, in the middle of a refresh', () => {
  async function outage() {
    const a = newProcess('A');
    const b = newProcess('B');
    const { target, goOn, calls } = await answerUnderWay(a);
    b.reachability.pass(seconds(1), 'with the database');
    line.cut();
    await goOn();
    b.reachability.pass(seconds(85), 'without it');
    await later(target.identityId, 86);
    line.mend();
    return { a, b, target, calls };
  }

  it('loses nothing: the other process gives the one with the answer time to save it', async () => {
    const { a, b, target, calls } = await outage();
    b.reachability.pass(71, 'with the database');
    const kinds = ['provider_unavailable', 'token'];
    expect(kinds).toContain((await b.vault.freshToken(target, soon)).kind);
    a.reachability.pass(71, 'with the database');
    await expect.poll(async () => (await b.deps.store.find(target.identityId))?.version).toBe(2);
    expect(await refreshes()).toBe(calls);
    await expectAlive(target);
  });

  it('is not taken for a crash by the sweep', async () => {
    const { b, target, calls } = await outage();
    expect(await b.sweep.recover()).toBeLessThanOrEqual(1);
    expect(await refreshes()).toBe(calls);
    await expect.poll(async () => (await b.deps.store.find(target.identityId))?.version).toBe(2);
    await expectAlive(target);
  });

  it('is not taken for a crash by a process that starts afterwards, nor by the process’s own sweep', async () => {
    const { a, target, calls } = await outage();
    const reachability = playedReachability();
    reachability.pass(71, 'with the database');
    const started = createVault({ ...world.newRefreshing('C'), reachability });
    const kinds = ['provider_unavailable', 'token'];
    expect(kinds).toContain((await started.freshToken(target, soon)).kind);
    await a.sweep.recover();
    expect(await refreshes()).toBe(calls);
    await expect
      .poll(async () => (await world.newRefreshing().store.find(target.identityId))?.version)
      .toBe(2);
    await expectAlive(target);
  });

  it('with a process that ended is detected when the time is over, without counting the outage', async () => {
    people += 1;
    const target = await world.signIn('strict', `visitor-${people}`);
    world.clock.advance(hours(1));
    await world.database.pool.query(
      `INSERT INTO refresh_intent (identity_id, version, owner) VALUES ($1, 1, 'a dead process')`,
      [target.identityId],
    );
    const b = newProcess('B');
    b.reachability.pass(seconds(10), 'with the database');
    b.reachability.pass(seconds(90), 'without it');
    b.reachability.pass(seconds(60), 'with the database');
    await later(target.identityId, 160);
    const waiting = await b.vault.freshToken(target, soon);
    expect(waiting).toMatchObject({ kind: 'provider_unavailable' });
    b.reachability.pass(seconds(10), 'with the database');
    await later(target.identityId, 10);
    expect((await b.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a directory that is not writable while the database is unreachable', () => {
  it('is tried again and again, like the database, and the new token is not dropped', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'symbolon-spill-'));
    atEnd(() => rm(folder, { recursive: true, force: true }));
    const at = path.join(folder, 'unsaved');
    await writeFile(at, 'not a folder');
    const a = newProcess('A');
    const spill = createSpill(at, world.keyring, a.deps.log);
    const { target, goOn } = await answerUnderWay({ ...a, vault: createVault({ ...a.deps, spill }) });
    line.cut();
    await goOn();
    await expect.poll(world.logged).toContain('DATA_DIR: a refreshed token is in memory only');
    await rm(at);
    await expect.poll(() => spill.count()).toBe(1);
    line.mend();
    await expect.poll(() => spill.count()).toBe(0);
    await expectAlive(target);
  });
});

describe('a database that hangs after the provider has answered', () => {
  async function whileLocked(work: () => Promise<void>) {
    const locker = new pg.Client({ connectionString: world.database.url });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE vault_entry IN ACCESS EXCLUSIVE MODE');
    try {
      await work();
    } finally {
      await locker.end();
    }
  }

  it('makes callers wait for seconds only, and the new token is on disk while its save still waits', async () => {
    const a = newProcess('A');
    const { target, goOn, asked } = await answerUnderWay(a);
    await whileLocked(async () => {
      const begun = performance.now();
      await goOn();
      expect(await asked).toBe('no database');
      expect(performance.now() - begun).toBeLessThan(seconds(3));
      await expect.poll(() => world.spill.count()).toBe(1);
    });
    await expect.poll(() => world.spill.count()).toBe(0);
    await expectAlive(target);
  });

  it('does not block a shutdown: first the token goes to disk, then the process ends', async () => {
    const a = newProcess('A');
    const { target, goOn } = await answerUnderWay({
      ...a,
      vault: createVault({ ...a.deps, spillAfter: hours(1) }),
    });
    await whileLocked(async () => {
      await goOn();
      a.deps.inFlight.stop();
      await expect.poll(() => world.spill.count(), { timeout: seconds(1) }).toBe(1);
      await a.deps.inFlight.end();
    });
    expect((await a.deps.store.find(target.identityId))?.version).toBe(1);
    expect(await sweepOf(world.newRefreshing('the next start')).saveSpills()).toBe(1);
    await expectAlive(target);
  });

  it('is not queried again by a statement that never ends', async () => {
    const a = newProcess('A');
    const never: typeof a.deps.store.supersede = () => new Promise(() => undefined);
    const deps = { ...a.deps, store: { ...a.deps.store, supersede: never } };
    const { goOn } = await answerUnderWay({ ...a, vault: createVault(deps) });
    await goOn();
    await expect.poll(() => world.spill.count()).toBe(1);
    expect(await sweepOf(world.newRefreshing('the next start')).saveSpills()).toBe(1);
    expect(await world.spill.count()).toBe(0);
    void deps.inFlight.end();
  });
});
