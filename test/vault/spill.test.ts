import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTargets } from '../../src/assembly/issuance-ports.ts';
import { hours, seconds } from '../../src/kit/clock.ts';
import { createSweep } from '../../src/vault/refresh/sweep.ts';
import { openStoredSet, storedSetOf } from '../../src/vault/stored-set.ts';
import { createVault } from '../../src/vault/vault.ts';
import { holdBack } from '../support/hold-back.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from './revocation-world.ts';

// The database is unreachable for longer than the save waits, after a rotating provider has answered. In
// production the wait is over a minute; here it is one second.

let world: VaultWorld;
let people = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };

function newSweep() {
  const refreshing = world.newRefreshing();
  const { all } = world.connections;
  const targetsOf = createTargets(world.identities, world.connections);
  return createSweep({ ...refreshing, vault: createVault(refreshing), connections: all, targetsOf });
}

async function refreshes(): Promise<number> {
  return (await world.control<{ counters: { refresh: number } }>('GET', 'strict')).counters.refresh;
}

/** A person whose token was rotated at the provider and is saved on disk only. */
async function spilled() {
  people += 1;
  const target = await world.signIn('strict', `visitor-${people}`);
  world.clock.advance(hours(1));
  const before = world.logged().split('was spilled to disk').length;
  const calls = await refreshes();
  const goOn = await holdBack(world.control, 'strict', { on: 'refresh' });
  const vault = createVault({ ...world.newRefreshing(), spillAfter: 100 });
  const asked = vault.freshToken(target, soon);
  await until(async () => {
    const text = 'SELECT 1 FROM refresh_intent WHERE identity_id = $1';
    return (await world.database.pool.query(text, [target.identityId])).rowCount === 1;
  });
  let onDisk = 0;
  await withReadOnlyDatabase(world.database, async () => {
    await goOn();
    await until(async () => world.logged().split('was spilled to disk').length > before);
    onDisk = await world.spill.count();
  });
  return { target, asked, calls, onDisk };
}

describe('a rotated token while the database is unreachable for longer than the broker waits', () => {
  it('goes to disk, sealed, and is saved when the database is back, before the provider is asked again', async () => {
    const { target, asked, calls, onDisk } = await spilled();
    expect(onDisk).toBe(1);
    const others = await Promise.all(
      Array.from({ length: 5 }, () => world.newVault().freshToken(target, soon)),
    );
    const first = await asked;
    expect(first.kind).toBe('token');
    for (const other of others) expect(['token', 'provider_unavailable']).toContain(other.kind);
    expect(await refreshes()).toBe(calls + 1);
    expect(await world.spill.count()).toBe(0);
    // The provider accepts no old refresh token: only the newest one gets this.
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
  });

  /** A person who unlinked the account while an ended process had left the rotated token on disk. */
  async function left(clientId?: string) {
    people += 1;
    const target = await world.signIn('strict', `visitor-${people}`);
    const { identityId, userId, connection } = target;
    const { store, keyring } = world.newRefreshing();
    const entry = await store.find(identityId);
    if (!entry) throw new Error('no entry');
    const held = openStoredSet(keyring, entry);
    const issued = await connection.upstream.refresh(held.tokens);
    const traits = connection.connector.refresh;
    const refreshed = storedSetOf(issued, { traits, now: world.clock.now(), origins: held.tokens.origins });
    const { version, depositedAt } = entry;
    const about = { identityId, userId, connectionId: connection.id, version, depositedAt };
    await world.spill.keep({ ...about, traits, held, refreshed, clientId });
    await world.database.prisma.identity.delete({ where: { id: identityId } });
    return { identityId, userId };
  }

  it('is revoked at the provider if its person had unlinked by the time it was saved', async () => {
    const { identityId, userId } = await left();
    expect(await newSweep().saveSpills()).toBe(1);
    await world.upstreamRevocations.runDue();
    const see = revocationWorld(world);
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
    expect(await see.grants('strict', `visitor-${people}`)).toBe(0);
    await see.expectNothingKept(userId);
    expect(await world.spill.count()).toBe(0);
  });

  it('is not reported as revoked by another client than the one it was issued to', async () => {
    const { identityId } = await left('the-client-before');
    expect(await newSweep().saveSpills()).toBe(1);
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('retrying');
    const { lastError } = await world.database.prisma.queuedRevocation.findFirstOrThrow({
      where: { identityId },
    });
    expect(lastError).toBe('client_changed');
  });
});

describe('a process that is asked to stop in the middle of a refresh', () => {
  async function refreshing() {
    people += 1;
    const target = await world.signIn('strict', `visitor-${people}`);
    world.clock.advance(hours(1));
    const calls = await refreshes();
    const goOn = await holdBack(world.control, 'strict', { on: 'refresh' });
    const deps = world.newRefreshing();
    const asked = createVault(deps).freshToken(target, soon);
    await until(async () => (await refreshes()) === calls + 1);
    return { target, asked, deps, goOn };
  }

  it('ends when the answer is saved', async () => {
    const { target, asked, deps, goOn } = await refreshing();
    const ended = deps.inFlight.end();
    await goOn();
    await ended;
    const entry = await world.newRefreshing().store.find(target.identityId);
    expect(entry?.version).toBe(2);
    expect((await asked).kind).toBe('token');
    expect((await createVault(deps).freshToken(target, soon)).kind).toBe('token');
  });

  it('leaves it on disk at once without a database, for the next start', async () => {
    const { target, asked, deps, goOn } = await refreshing();
    await withReadOnlyDatabase(world.database, async () => {
      const ended = deps.inFlight.end();
      await goOn();
      await ended;
      expect(await world.spill.count()).toBe(1);
      await asked.catch(() => undefined);
    });
    // Its lease, which it could not release, expires.
    await world.database.pool.query('UPDATE vault_entry SET lease_until = NULL');
    expect(await newSweep().saveSpills()).toBe(1);
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await done()) return;
    await pause(5);
  }
  throw new Error('it did not come to pass');
}
