import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { hours, seconds } from '../../src/kit/clock.ts';
import { createVault } from '../../src/vault/vault.ts';
import { holdBack } from '../support/hold-back.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// The holder of a lease is paused (a stopped process, a migrated machine) and continues after its lease has
// expired. The tests write the rows as they would be then.

let world: VaultWorld;
let people = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };

async function refreshes(): Promise<number> {
  return (await world.control<{ counters: { refresh: number } }>('GET', 'strict')).counters.refresh;
}

/** One process is in the middle of its call to the provider, and its lease has expired. */
async function holderPaused() {
  people += 1;
  const target = await world.signIn('strict', `visitor-${people}`);
  world.clock.advance(hours(1));
  const calls = await refreshes();
  const goOn = await holdBack(world.control, 'strict', { on: 'refresh', after: true });
  const asked = createVault(world.newRefreshing('the paused one')).freshToken(target, soon);
  for (let tries = 0; tries < 1000 && (await refreshes()) === calls; tries += 1) await pause(5);
  await world.database.pool.query(
    `UPDATE vault_entry SET lease_until = now() - interval '1 second' WHERE identity_id = $1`,
    [target.identityId],
  );
  return { target, asked, calls, goOn };
}

const alarms = (identityId: string) =>
  world.database.prisma.auditEvent.count({
    where: { identityId, type: 'token.reauthorization_required' },
  });

describe('a process that is paused in the middle of a refresh', () => {
  it('is waited for after its lease has expired, and its result is saved', async () => {
    const { target, asked, calls, goOn } = await holderPaused();
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('provider_unavailable');
    await goOn();
    expect((await asked).kind).toBe('token');
    expect(await refreshes()).toBe(calls + 1);
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
  });

  it('counts the lifetime of its result from the request, not from when it read the answer', async () => {
    const { target, asked, calls, goOn } = await holderPaused();
    world.clock.advance(seconds(40));
    await goOn();
    expect((await asked).kind).toBe('token');
    expect(await refreshes()).toBe(calls + 1);
    // A token of the lab lives for a minute from the provider's answer.
    const entry = await world.newRefreshing().store.find(target.identityId);
    const left = (entry?.accessExpiresAt?.getTime() ?? 0) - world.clock.now().getTime();
    expect(left).toBeLessThanOrEqual(seconds(20));
  });

  it('counts the lifetime of a sign-in’s tokens from the request too', async () => {
    people += 1;
    const calls = async () =>
      (await world.control<{ counters: { token: number } }>('GET', 'strict')).counters.token;
    const before = await calls();
    const goOn = await holdBack(world.control, 'strict', { on: 'token', after: true });
    const signedIn = world.signIn('strict', `visitor-${people}`);
    for (let tries = 0; tries < 1000 && (await calls()) === before; tries += 1) await pause(5);
    expect(await calls()).toBe(before + 1);
    world.clock.advance(seconds(40));
    await goOn();
    const entry = await world.newRefreshing().store.find((await signedIn).identityId);
    const left = (entry?.accessExpiresAt?.getTime() ?? Infinity) - world.clock.now().getTime();
    expect(left).toBeLessThanOrEqual(seconds(20));
  });

  it('overwrites no later grant', async () => {
    const { target, asked, goOn } = await holderPaused();
    await world.database.prisma.vaultEntry.delete({ where: { identityId: target.identityId } });
    await world.signIn('strict', `visitor-${people}`);
    await world.database.pool.query('UPDATE vault_entry SET version = 7 WHERE identity_id = $1', [
      target.identityId,
    ]);
    await goOn();
    await asked.catch(() => undefined);
    const entry = await world.newRefreshing().store.find(target.identityId);
    expect(entry?.version).toBe(7);
  });

  it('raises one alarm at most if it was given up and returns too late', async () => {
    const { target, asked, goOn } = await holderPaused();
    await world.database.pool.query(
      `UPDATE refresh_intent SET started_at = now() - interval '80 seconds' WHERE identity_id = $1`,
      [target.identityId],
    );
    const other = await world.newVault().freshToken(target, soon);
    expect(other).toMatchObject({ kind: 'reauthorization_required', reason: 'rotation_lost' });
    await goOn();
    const late = await asked;
    expect(late).toMatchObject({ kind: 'reauthorization_required', reason: 'rotation_lost' });
    expect(await alarms(target.identityId)).toBe(1);
  });
});

describe('a process that is paused before it calls the provider', () => {
  /** It has the lease and has read the entry, and writes the journal only when the test lets it. */
  async function pausedBefore() {
    people += 1;
    const target = await world.signIn('strict', `visitor-${people}`);
    world.clock.advance(hours(1));
    const calls = await refreshes();
    const { promise: goingOn, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: arrived, resolve: arrive } = Promise.withResolvers<void>();
    const deps = world.newRefreshing('the paused one');
    const writeIntent: typeof deps.store.writeIntent = async (...about) => {
      arrive();
      await goingOn;
      return await deps.store.writeIntent(...about);
    };
    const asked = createVault({ ...deps, store: { ...deps.store, writeIntent } }).freshToken(target, soon);
    await arrived;
    await world.database.pool.query(
      `UPDATE vault_entry SET lease_until = now() - interval '1 second' WHERE identity_id = $1`,
      [target.identityId],
    );
    return { target, asked, calls, goOn };
  }

  it('does not send a token that another has refreshed meanwhile', async () => {
    const { target, asked, calls, goOn } = await pausedBefore();
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    goOn();
    expect((await asked).kind).toBe('token');
    expect(await refreshes()).toBe(calls + 1);
    // The provider would have ended the whole family.
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
  });

  it('takes the lease again if no other process has it', async () => {
    const { asked, calls, goOn } = await pausedBefore();
    goOn();
    expect((await asked).kind).toBe('token');
    expect(await refreshes()).toBe(calls + 1);
  });
});

describe('a failover to a standby with a lag in the middle of a refresh', () => {
  const pool = () => world.database.pool;

  /** The last saved rotation is no longer in the database; the current one is based on it. */
  async function fallenBehind(then: string) {
    people += 1;
    const target = await world.signIn('strict', `visitor-${people}`);
    const mine = `identity_id = '${target.identityId}'`;
    await pool().query(`CREATE TABLE IF NOT EXISTS behind AS SELECT * FROM vault_entry WHERE false`);
    await pool().query(`INSERT INTO behind SELECT * FROM vault_entry WHERE ${mine}`);
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(hours(1));
    const calls = await refreshes();
    const slow = { on: 'refresh', fault: 'none', delay_ms: 700, times: 1, after: true };
    await world.control('POST', 'strict/faults', slow);
    const asked = world.newVault().freshToken(target, soon);
    for (let tries = 0; tries < 1000 && (await refreshes()) === calls; tries += 1) await pause(5);
    await pool().query(`UPDATE vault_entry e SET (version, ciphertext, wrapped_key, deposited_at) =
      (b.version, b.ciphertext, b.wrapped_key, b.deposited_at) FROM behind b
      WHERE e.identity_id = b.identity_id AND e.${mine}`);
    await pool().query(`UPDATE vault_entry SET ${then} WHERE ${mine}`);
    return { target, asked };
  }

  it('keeps the provider’s new tokens, since the stored ones are older', async () => {
    const { target, asked } = await fallenBehind('deposited_at = deposited_at');
    expect((await asked).kind).toBe('token');
    // The provider accepts no old refresh token: only the newest one gets this.
    world.clock.advance(hours(1));
    expect((await world.newVault().freshToken(target, soon)).kind).toBe('token');
    expect(await alarms(target.identityId)).toBe(0);
  });

  it('does not overwrite a person’s later sign-in', async () => {
    const { target, asked } = await fallenBehind(`deposited_at = now() + interval '1 day'`);
    const before = await world.newRefreshing().store.find(target.identityId);
    await asked.catch(() => undefined);
    const entry = await world.newRefreshing().store.find(target.identityId);
    expect(entry?.version).toBe(before?.version);
  });
});
