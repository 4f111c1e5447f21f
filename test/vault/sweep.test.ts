import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTargets } from '../../src/assembly/issuance-ports.ts';
import { seconds } from '../../src/kit/clock.ts';
import { createSweep } from '../../src/vault/refresh/sweep.ts';
import { createVault } from '../../src/vault/vault.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

let world: VaultWorld;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(async () => {
  person += 1;
  for (const profile of ['wechat', 'google']) await world.control('DELETE', `${profile}/faults`);
});

const someone = () => `visitor-${person}`;
const soon = { minTtl: seconds(60), refreshedSince: undefined };

function newSweep() {
  const refreshing = world.newRefreshing();
  const vault = createVault(refreshing);
  const { all } = world.connections;
  return createSweep({
    ...refreshing,
    vault,
    connections: all,
    targetsOf: createTargets(world.identities, world.connections),
  });
}

// The sweep uses the database's clock, which tests cannot move, so they move the stored times.
const set = (identityId: string, columns: string) =>
  world.database.pool.query(`UPDATE vault_entry SET ${columns} WHERE identity_id = $1`, [identityId]);

async function refreshes(profile: string): Promise<number> {
  return (await world.control<{ counters: { refresh: number } }>('GET', profile)).counters.refresh;
}

describe('ahead of time', () => {
  it('tokens that apps use are refreshed before they expire, and no others', async () => {
    const used = await world.signIn('google', someone());
    const unused = await world.signIn('google', `${someone()}01`);
    const fresh = await world.signIn('google', `${someone()}02`);
    const ending = `access_expires_at = now() + interval '2 minutes', deposited_at = now() - interval '58 minutes'`;
    await set(used.identityId, `${ending}, last_used_at = now() - interval '1 hour'`);
    await set(unused.identityId, `${ending}, last_used_at = now() - interval '30 days'`);
    await set(fresh.identityId, `last_used_at = now()`);
    const before = await refreshes('google');
    expect(await newSweep().ahead()).toBe(1);
    expect(await refreshes('google')).toBe(before + 1);
    expect(await newSweep().ahead()).toBe(0);
  });

  it('a token in use that has just ended is not left for the next request', async () => {
    const missed = await world.signIn('google', someone());
    const unused = await world.signIn('google', `${someone()}01`);
    const ended = `access_expires_at = now() - interval '20 minutes', deposited_at = now() - interval '80 minutes'`;
    await set(missed.identityId, `${ended}, last_used_at = now() - interval '2 hours'`);
    await set(unused.identityId, `${ended}, last_used_at = now() - interval '8 days'`);
    const before = await refreshes('google');
    expect(await newSweep().ahead()).toBe(1);
    expect(await refreshes('google')).toBe(before + 1);
  });

  it('an idle grant is kept alive if the provider would end it', async () => {
    const idle = await world.signIn('google', someone());
    await set(
      idle.identityId,
      `deposited_at = now() - interval '61 days', access_expires_at = now() - interval '60 days'`,
    );
    const before = await refreshes('google');
    expect(await newSweep().ahead()).toBe(1);
    expect(await refreshes('google')).toBe(before + 1);
  });

  it('twenty that expire together are refreshed by two sweeps at once, each of them once', async () => {
    const template = await world.signIn('google', someone());
    await world.database.pool.query(`UPDATE vault_entry SET last_used_at = now() WHERE identity_id = $1`, [
      template.identityId,
    ]);
    const people = await Promise.all(
      Array.from({ length: 20 }, (_, i) => world.signIn('google', `visitor-${person}1${i}`)),
    );
    for (const { identityId } of people) {
      await set(
        identityId,
        `access_expires_at = now() + interval '1 minute', deposited_at = now() - interval '59 minutes', last_used_at = now()`,
      );
    }
    const before = await refreshes('google');
    await Promise.all([newSweep().ahead(), newSweep().ahead()]);
    expect(await refreshes('google')).toBe(before + 20);
  });
});

describe('an expiry that no refresh moves', () => {
  it('is announced once, before it comes', async () => {
    const { identityId } = await world.signIn('wechat', someone());
    expect(await newSweep().announce()).toBe(0);
    await set(identityId, `absolute_cap_at = now() + interval '4 days', ends_at = now() + interval '4 days'`);
    expect(await newSweep().announce()).toBe(1);
    expect(await newSweep().announce()).toBe(0);
    const events = await world.database.prisma.auditEvent.findMany({
      where: { type: 'token.expiring', identityId },
    });
    expect(events).toMatchObject([{ connection: 'wechat', detail: { ends_at: expect.any(String) } }]);
  });
});

describe('a refresh that a crash left unfinished', () => {
  const crash = (identityId: string, version: number) =>
    world.database.pool.query(
      `INSERT INTO refresh_intent (identity_id, version, owner, started_at) VALUES ($1, $2, 'a dead process', now() - interval '2 minutes')`,
      [identityId, version],
    );
  const intents = async () => (await world.database.pool.query('SELECT 1 FROM refresh_intent')).rowCount;

  it('is dropped if the provider does not rotate', async () => {
    const target = await world.signIn('google', someone());
    await crash(target.identityId, 1);
    const before = await refreshes('google');
    expect(await newSweep().recover()).toBe(1);
    expect(await intents()).toBe(0);
    expect(await refreshes('google')).toBe(before);
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a token set that the database did not accept', () => {
  it('is spilled sealed, and saved at the next start', async () => {
    const target = await world.signIn('google', someone());
    const { pool } = world.database;
    const { rows } = await pool.query('SELECT * FROM vault_entry WHERE identity_id = $1', [
      target.identityId,
    ]);
    const entry = await world.newRefreshing().store.find(target.identityId);
    if (!entry) throw new Error('no entry');
    const { openStoredSet } = await import('../../src/vault/stored-set.ts');
    const held = openStoredSet(world.newRefreshing().keyring, entry);
    const issued = await target.connection.upstream.refresh(held.tokens);
    const refreshed = { ...held, tokens: { ...held.tokens, accessToken: issued.accessToken } };
    const traits = target.connection.connector.refresh;
    await world.spill.keep({
      ...{ identityId: target.identityId, userId: target.userId, connectionId: target.connection.id },
      version: entry.version,
      depositedAt: entry.depositedAt,
      traits,
      held,
      refreshed,
    });
    expect(rows).toHaveLength(1);
    expect(await newSweep().saveSpills()).toBe(1);
    expect(await newSweep().saveSpills()).toBe(0);
    const result = await world.vault.freshToken(target, soon);
    expect(result).toMatchObject({ kind: 'token' });
    if (result.kind === 'token') expect(result.accessToken.reveal()).toBe(issued.accessToken.reveal());
  });

  it('does not replace a newer grant', async () => {
    const target = await world.signIn('google', someone());
    const entry = await world.newRefreshing().store.find(target.identityId);
    if (!entry) throw new Error('no entry');
    const { openStoredSet } = await import('../../src/vault/stored-set.ts');
    const held = openStoredSet(world.newRefreshing().keyring, entry);
    await world.control('POST', `google/users/${someone()}/revoke`);
    await world.signIn('google', someone(), { forceConsent: true });
    const before = await world.vault.freshToken(target, soon);
    const traits = target.connection.connector.refresh;
    await world.spill.keep({
      ...{ identityId: target.identityId, userId: target.userId, connectionId: target.connection.id },
      version: entry.version,
      depositedAt: entry.depositedAt,
      traits,
      held,
      refreshed: held,
    });
    expect(await newSweep().saveSpills()).toBe(1);
    expect(await world.vault.freshToken(target, soon)).toEqual(before);
  });
});
