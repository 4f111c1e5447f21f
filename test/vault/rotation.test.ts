import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTargets } from '../../src/assembly/issuance-ports.ts';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import type { FreshResult } from '../../src/vault/refresh/fresh-result.ts';
import { createSweep } from '../../src/vault/refresh/sweep.ts';
import { createVault } from '../../src/vault/vault.ts';
import { holdBack } from '../support/hold-back.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// These tests use a provider that rotates at every refresh and ends the whole family when a refresh token
// comes twice.

let world: VaultWorld;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(async () => {
  person += 1;
  await world.control('DELETE', 'strict/faults');
});

const someone = () => `visitor-${person}`;
const soon = { minTtl: seconds(30), refreshedSince: undefined };
const fault = (what: object) => world.control('POST', 'strict/faults', { on: 'refresh', times: 1, ...what });
const refreshes = async () =>
  (await world.control<{ counters: { refresh: number } }>('GET', 'strict')).counters.refresh;

async function expired() {
  const target = await world.signIn('strict', someone());
  world.clock.advance(hours(1));
  return target;
}

function kindOf(result: FreshResult): string {
  return result.kind === 'reauthorization_required' ? result.reason : result.kind;
}

describe('a single-use refresh token', () => {
  it('is used once by fifty callers of three processes', async () => {
    const target = await expired();
    const vaults = [world.vault, world.newVault(), world.newVault()];
    const before = await refreshes();
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => vaults[i % 3]?.freshToken(target, soon)),
    );
    const tokens = results.map((result) =>
      result?.kind === 'token' ? result.accessToken.reveal() : result?.kind,
    );
    expect(new Set(tokens).size).toBe(1);
    expect(results[0]?.kind).toBe('token');
    expect(await refreshes()).toBe(before + 1);
  });

  it('has a successor after each of twenty refreshes', async () => {
    const target = await expired();
    for (let round = 0; round < 20; round += 1) {
      expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
      world.clock.advance(minutes(5));
    }
  });

  it('is not lost if the person signs in during the refresh', async () => {
    const target = await expired();
    const goOn = await holdBack(world.control, 'strict', { on: 'refresh' });
    const refreshing = world.vault.freshToken(target, soon);
    await untilUnderWay(target.identityId);
    await world.signIn('strict', someone());
    await goOn();
    expect((await refreshing).kind).toBe('token');
    world.clock.advance(hours(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a crash', () => {
  const crashed = (identityId: string, ago: string) =>
    world.database.pool.query(
      `INSERT INTO refresh_intent (identity_id, version, owner, started_at)
       SELECT identity_id, version, 'a dead process', now() - $2::interval FROM vault_entry WHERE identity_id = $1`,
      [identityId, ago],
    );

  function newSweep() {
    const refreshing = world.newRefreshing();
    const { all } = world.connections;
    const targetsOf = createTargets(world.identities, world.connections);
    return createSweep({ ...refreshing, vault: createVault(refreshing), connections: all, targetsOf });
  }

  it('before the provider was called loses nothing', async () => {
    const target = await expired();
    await crashed(target.identityId, '2 minutes');
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('a moment ago is waited out: its process may be running and about to save', async () => {
    const target = await expired();
    await crashed(target.identityId, '5 seconds');
    const before = await refreshes();
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_unavailable');
    expect(await refreshes()).toBe(before);
  });

  it('after the provider has rotated is detected by one attempt, and reported', async () => {
    const target = await expired();
    await rotateBehindOurBack(target.identityId);
    await crashed(target.identityId, '2 minutes');
    const before = await refreshes();
    expect(await newSweep().recover()).toBe(1);
    expect(await refreshes()).toBe(before + 1);
    expect(kindOf(await world.vault.freshToken(target, soon))).toBe('rotation_lost');
    expect(await newSweep().recover()).toBe(0);
    expect(await refreshes()).toBe(before + 1);
  });

  it('between save and release leaves a token that is served without another refresh', async () => {
    const target = await expired();
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    await world.database.pool.query(
      `UPDATE vault_entry SET lease_owner = 'a dead process', lease_until = now() + interval '20 seconds' WHERE identity_id = $1`,
      [target.identityId],
    );
    const before = await refreshes();
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    expect(await refreshes()).toBe(before);
  });

  /** Simulates a process that dies between the provider's answer and its save. */
  async function rotateBehindOurBack(identityId: string): Promise<void> {
    const { store, keyring } = world.newRefreshing();
    const entry = await store.find(identityId);
    if (!entry) throw new Error('no entry');
    const { openStoredSet } = await import('../../src/vault/stored-set.ts');
    await (await world.connection('strict')).upstream.refresh(openStoredSet(keyring, entry).tokens);
  }
});

describe('a missing answer', () => {
  it('after the provider has rotated ends the grant, with the true reason and without a loop', async () => {
    const target = await expired();
    await fault({ fault: 'timeout', after: true });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_unavailable');
    world.clock.advance(minutes(1));
    expect(kindOf(await world.vault.freshToken(target, soon))).toBe('rotation_lost');
    const before = await refreshes();
    expect(kindOf(await world.vault.freshToken(target, soon))).toBe('rotation_lost');
    expect(await refreshes()).toBe(before);
  });

  it('before the provider was reached loses nothing', async () => {
    const target = await expired();
    await fault({ fault: 'reset' });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_unavailable');
    world.clock.advance(minutes(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a database that accepts no write', () => {
  it('starts no rotation', async () => {
    const target = await expired();
    const before = await refreshes();
    await withReadOnlyDatabase(world.database, async () => {
      await expect(world.vault.freshToken(target, soon)).rejects.toMatchObject({
        code: expect.stringMatching(/^(25006|57P01)$/),
      });
    });
    expect(await refreshes()).toBe(before);
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('after the provider’s answer is retried until it does', async () => {
    const target = await expired();
    const goOn = await holdBack(world.control, 'strict', { on: 'refresh' });
    const refreshing = world.vault.freshToken(target, soon);
    await untilUnderWay(target.identityId);
    await withReadOnlyDatabase(world.database, async () => {
      await goOn();
      await untilLogged('could not be saved yet');
    });
    expect((await refreshing).kind).toBe('token');
    world.clock.advance(hours(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

async function untilUnderWay(identityId: string): Promise<void> {
  await until(async () => {
    const text = 'SELECT 1 FROM refresh_intent WHERE identity_id = $1';
    return (await world.database.pool.query(text, [identityId])).rowCount === 1;
  });
}

async function untilLogged(text: string): Promise<void> {
  await until(async () => world.logged().includes(text));
}

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await done()) return;
    await pause(5);
  }
  throw new Error('it did not come to pass');
}
