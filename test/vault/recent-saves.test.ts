import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hours, seconds } from '../../src/kit/clock.ts';
import { createRecentSaves, type RecentSaves } from '../../src/vault/recent-saves.ts';
import type { FreshResult } from '../../src/vault/refresh/fresh-result.ts';
import { createVault, type Vault } from '../../src/vault/vault.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// The database loses its last commits under a running process. The process saves them again, unless something
// newer is there. The provider ends the whole family when a refresh token comes twice.

let world: VaultWorld;
let saves: RecentSaves;
let vault: Vault;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(() => {
  person += 1;
  saves = createRecentSaves(world.database);
  vault = createVault({ ...world.newRefreshing(), store: saves.store });
});

const someone = () => `visitor-${person}`;
const undescribed = { endsAt: null, origins: null };
const soon = { minTtl: seconds(30), refreshedSince: undefined };
const kindOf = (result: FreshResult) => ('reason' in result ? result.reason : result.kind);
const query = (text: string, ...values: unknown[]) => world.database.pool.query(text, values);

async function expired(connection = 'strict') {
  const target = await world.signIn(connection, someone());
  world.clock.advance(hours(2));
  return target;
}

/** Stores the entry as it is now, and returns a function that restores it. */
async function keep({ identityId }: { readonly identityId: string }) {
  const kept = `kept_${person}`;
  await query(`CREATE TABLE ${kept} AS SELECT * FROM vault_entry WHERE identity_id = '${identityId}'`);
  return async () => {
    await query('DELETE FROM vault_entry WHERE identity_id = $1', identityId);
    await query(`INSERT INTO vault_entry SELECT * FROM ${kept}`);
  };
}

const versionOf = async ({ identityId }: { readonly identityId: string }) =>
  (await query('SELECT version, state FROM vault_entry WHERE identity_id = $1', identityId)).rows[0];

async function replays(): Promise<number> {
  const families = await world.control<{ user: string; tokens: { replays: number }[] }[]>(
    'GET',
    'strict/refresh-tokens',
  );
  const mine = families.filter(({ user }) => user === someone()).flatMap(({ tokens }) => tokens);
  return mine.reduce((sum, token) => sum + token.replays, 0);
}

describe('a token set that this process saved and the database has lost', () => {
  it('is saved again before the provider would be sent the superseded one', async () => {
    const target = await expired();
    const rewind = await keep(target);
    const first = await vault.freshToken(target, soon);
    await rewind();
    const again = await vault.freshToken(target, soon);
    expect([kindOf(first), again]).toEqual(['token', { ...first, waited: false, lastUsedAt: null }]);
    world.clock.advance(hours(2));
    expect(kindOf(await world.newVault().freshToken(target, soon))).toBe('token');
    expect(await replays()).toBe(0);
  });

  it('is saved again for every process, with the version it had', async () => {
    const target = await expired();
    const rewind = await keep(target);
    await vault.freshToken(target, soon);
    world.clock.advance(hours(2));
    await vault.freshToken(target, soon);
    await rewind();
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 1 });
    expect(await versionOf(target)).toEqual({ version: 3, state: 'active' });
    expect(await saves.restoreLost()).toEqual({ older: 0, saved: 0 });
    expect(kindOf(await world.newVault().freshToken(target, soon))).toBe('token');
  });

  it('does not replace a later refresh of another process', async () => {
    const target = await expired();
    await vault.freshToken(target, soon);
    const rewind = await keep(target);
    world.clock.advance(hours(2));
    await vault.freshToken(target, soon);
    await rewind();
    const at = new Date(world.clock.now().getTime() + 1_000);
    await query(
      'UPDATE vault_entry SET last_refreshed_at = $1 WHERE identity_id = $2',
      at,
      target.identityId,
    );
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 0 });
    expect(await versionOf(target)).toEqual({ version: 2, state: 'active' });
  });

  it('does not replace a later sign-in', async () => {
    const target = await expired();
    const rewind = await keep(target);
    await vault.freshToken(target, soon);
    world.clock.advance(hours(2));
    await vault.freshToken(target, soon);
    await rewind();
    world.clock.advance(seconds(1));
    await world.signIn('strict', someone());
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 0 });
    expect(await versionOf(target)).toEqual({ version: 2, state: 'active' });
    const { rows } = await query(
      'SELECT in_doubt FROM vault_entry WHERE identity_id = $1',
      target.identityId,
    );
    expect(rows).toEqual([{ in_doubt: true }]);
  });

  it('with a part dropped is checked before it is returned, and counts as no newer', async () => {
    const target = await expired();
    const { identityId } = target;
    const rewind = await keep(target);
    const before = await saves.store.find(identityId);
    if (!before) throw new Error('nothing is held');
    const left = {
      tokens: { ...before, ...undescribed, version: 2 },
      now: world.clock.now(),
      by: 'drop',
      revives: false,
    } as const;
    await saves.store.supersede(before, left);
    await rewind();
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 1 });
    const { depositedAt } = before;
    expect(await saves.store.find(identityId)).toMatchObject({ version: 2, unverified: true, depositedAt });
  });

  it('is in doubt if it is too large for the cache, and no older one replaces it', async () => {
    const target = await expired();
    const { identityId } = target;
    const rewind = await keep(target);
    await vault.freshToken(target, soon);
    const second = await saves.store.find(identityId);
    if (!second) throw new Error('nothing is held');
    const tokens = {
      ...second,
      ...undescribed,
      version: second.version + 1,
      ciphertext: new Uint8Array(40_000),
    };
    const save = { tokens, now: world.clock.now(), by: 'refresh', revives: false } as const;
    await saves.store.supersede(second, save);
    await rewind();
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 0 });
    expect(await saves.store.find(identityId)).toMatchObject({ version: 1, inDoubt: true });
  });

  it('does not restore a grant that its person has revoked', async () => {
    const target = await expired();
    const rewind = await keep(target);
    await vault.freshToken(target, soon);
    await rewind();
    await query(`UPDATE vault_entry SET state = 'revoked' WHERE identity_id = $1`, target.identityId);
    expect(await saves.restoreLost()).toEqual({ older: 1, saved: 0 });
    expect(await versionOf(target)).toMatchObject({ state: 'revoked' });
  });

  it.each([
    ['strict', 'reauthorization_required'],
    ['gitlab', 'active'],
  ])('of a grant that ended meanwhile (%s): %s', async (connection, state) => {
    const target = await expired(connection);
    const rewind = await keep(target);
    expect(kindOf(await vault.freshToken(target, soon))).toBe('token');
    await rewind();
    await world.newVault().freshToken(target, soon);
    await saves.restoreLost();
    expect(await versionOf(target)).toMatchObject({ state });
  });

  it('was saved by an ended process: a refusal is reported as a lost rotation', async () => {
    const target = await expired();
    const rewind = await keep(target);
    expect(kindOf(await world.newVault().freshToken(target, soon))).toBe('token');
    await rewind();
    await query(
      'UPDATE vault_entry SET last_used_at = now(), access_expires_at = now() WHERE identity_id = $1',
      target.identityId,
    );
    expect(await saves.markDueInDoubt()).toBe(1);
    expect(kindOf(await vault.freshToken(target, soon))).toBe('rotation_lost');
  });
});

describe('a revoked grant that a failover has restored', () => {
  async function cameBack() {
    const target = await expired();
    const rewind = await keep(target);
    await vault.freshToken(target, soon);
    await world.upstreamRevocations.revoke(target);
    await rewind();
    world.clock.advance(seconds(1));
    return target;
  }

  it('is revoked again', async () => {
    const target = await cameBack();
    expect(await world.upstreamRevocations.revokeAgain()).toBe(1);
    expect(await versionOf(target)).toMatchObject({ state: 'revoked' });
    expect(await world.upstreamRevocations.revokeAgain()).toBe(0);
  });

  it('is kept if the person has given another one since', async () => {
    const target = await cameBack();
    await world.signIn('strict', someone());
    expect(await world.upstreamRevocations.revokeAgain()).toBe(0);
    expect(await versionOf(target)).toEqual({ version: 2, state: 'active' });
  });
});
