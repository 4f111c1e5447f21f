import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import type { FreshResult } from '../../src/vault/refresh/fresh-result.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

let world: VaultWorld;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(async () => {
  person += 1;
  for (const profile of ['wechat', 'google', 'facebook', 'github'])
    await world.control('DELETE', `${profile}/faults`);
});

const soon = { minTtl: seconds(60), refreshedSince: undefined };
const someone = () => `visitor-${person}`;

function tokenOf(result: FreshResult): string {
  if (result.kind !== 'token') throw new Error(`no token but ${JSON.stringify(result)}`);
  return result.accessToken.reveal();
}

async function counters(profile: string): Promise<{ token: number; refresh: number; revoke: number }> {
  return (
    await world.control<{ counters: { token: number; refresh: number; revoke: number } }>('GET', profile)
  ).counters;
}

describe('a stored token', () => {
  it('is returned unchanged while its remaining life suffices', async () => {
    const target = await world.signIn('wechat', someone());
    const before = await counters('wechat');
    const first = tokenOf(await world.vault.freshToken(target, soon));
    expect(tokenOf(await world.vault.freshToken(target, soon))).toBe(first);
    expect((await counters('wechat')).refresh).toBe(before.refresh);
  });

  it('works at the provider, with what the provider requires besides', async () => {
    const target = await world.signIn('wechat', 'lin');
    const result = await world.vault.freshToken(target, soon);
    expect(result).toMatchObject({
      kind: 'token',
      parameters: { openid: expect.any(String), unionid: expect.any(String) },
    });
    const { openid } = (result as { parameters: Record<string, string> }).parameters;
    const url = `${world.lab.url}/wechat/sns/userinfo?access_token=${tokenOf(result)}&openid=${openid}`;
    expect(await (await fetch(url)).json()).toMatchObject({ openid });
  });

  it.each(['wechat', 'google'])(
    'of %s is refreshed once for all concurrent callers after its expiry',
    async (alias) => {
      const target = await world.signIn(alias, someone());
      const old = tokenOf(await world.vault.freshToken(target, soon));
      world.clock.advance(hours(3));
      const before = await counters(alias);
      const vaults = [world.vault, world.newVault()];
      const wishes = Array.from({ length: 50 }, (_, index) => vaults[index % 2]?.freshToken(target, soon));
      const tokens = new Set((await Promise.all(wishes)).map((result) => tokenOf(result as FreshResult)));
      expect(tokens.size).toBe(1);
      expect([...tokens][0]).not.toBe(old);
      expect((await counters(alias)).refresh).toBe(before.refresh + 1);
    },
  );

  it('without an expiry is returned without a refresh', async () => {
    const target = await world.signIn('github', someone());
    world.clock.advance(days(300));
    const before = await counters('github');
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'token', expiresAt: null });
    expect((await counters('github')).refresh).toBe(before.refresh);
  });

  it('is served while the provider is unreachable, and refreshed afterwards', async () => {
    const target = await world.signIn('wechat', someone());
    world.clock.advance(hours(2) - seconds(30));
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503', times: 1 });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(minutes(20));
    await world.control('POST', 'wechat/faults', { on: 'refresh', fault: '503', times: 1 });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_unavailable' });
    world.clock.advance(minutes(10));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

it('has its last use written by the time the vault is closed, and not after', async () => {
  const { identityId } = await world.signIn('github', someone());
  const vault = world.newVault();
  const used = async () => {
    const where = { identityId };
    return (await world.database.prisma.vaultEntry.findUniqueOrThrow({ where })).lastUsedAt;
  };
  expect(await used()).toBeNull();
  vault.noteUse(identityId, null);
  await vault.close();
  expect(await used()).toEqual(world.clock.now());
});

it('has its use noted at most once an hour', async () => {
  const { identityId } = await world.signIn('github', someone());
  const noted = async (lastUsedAt: Date | null) => {
    const vault = world.newVault();
    vault.noteUse(identityId, lastUsedAt);
    await vault.close();
    const where = { identityId };
    return (await world.database.prisma.vaultEntry.findUniqueOrThrow({ where })).lastUsedAt;
  };
  const first = await noted(null);
  world.clock.advance(hours(1));
  expect(await noted(first)).toEqual(first);
  world.clock.advance(1);
  expect(await noted(first)).toEqual(world.clock.now());
});

describe('a caller’s wish', () => {
  it('for a longer life than tokens have is answered with a fresh one, refreshed once in 30 s', async () => {
    const target = await world.signIn('wechat', someone());
    const before = await counters('wechat');
    const long = { minTtl: hours(24), refreshedSince: undefined };
    for (let i = 0; i < 5; i += 1) expect((await world.vault.freshToken(target, long)).kind).toBe('token');
    expect((await counters('wechat')).refresh).toBe(before.refresh + 1);
    world.clock.advance(seconds(31));
    await world.vault.freshToken(target, long);
    expect((await counters('wechat')).refresh).toBe(before.refresh + 2);
  });

  it('for a refresh is granted, and refused if it is repeated too soon', async () => {
    const target = await world.signIn('google', someone());
    const first = tokenOf(await world.vault.freshToken(target, soon));
    const forced = () => ({ minTtl: 0, refreshedSince: world.clock.now() });
    world.clock.advance(1);
    expect(tokenOf(await world.vault.freshToken(target, forced()))).not.toBe(first);
    world.clock.advance(1);
    expect(await world.vault.freshToken(target, forced())).toEqual({
      kind: 'too_soon',
      retryAfter: seconds(10) - 1,
    });
    world.clock.advance(seconds(10));
    expect((await world.vault.freshToken(target, forced())).kind).toBe('token');
  });
});

describe('a refresh that fails', () => {
  it.each([
    '500',
    '503',
    '429',
    'timeout',
    'reset',
    'html',
    'error_200',
    'invalid_client',
    'huge',
    'truncated',
  ])('by %s ends no grant and leaves the stored tokens unchanged', async (fault) => {
    const target = await world.signIn('google', someone());
    world.clock.advance(hours(2));
    await world.control('POST', 'google/faults', { on: 'refresh', fault, times: 1 });
    const result = await world.vault.freshToken(target, soon);
    expect(['provider_unavailable', 'provider_error']).toContain(result.kind);
    world.clock.advance(hours(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('because the user removed the app is stored with its reason, and the provider is not asked again', async () => {
    const target = await world.signIn('google', someone());
    await world.control('POST', `google/users/${someone()}/revoke`);
    world.clock.advance(hours(2));
    const dead = await world.vault.freshToken(target, soon);
    expect(dead).toMatchObject({ kind: 'reauthorization_required', reason: 'rejected' });
    const before = await counters('google');
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'rejected',
    });
    expect((await counters('google')).refresh).toBe(before.refresh);
  });

  it('without a refresh token in the answer keeps the stored one', async () => {
    const target = await world.signIn('google', someone());
    for (let round = 0; round < 3; round += 1) {
      world.clock.advance(hours(2));
      expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    }
  });
});

describe('an expiry that a refresh does not move', () => {
  it('is WeChat’s thirtieth day', async () => {
    const target = await world.signIn('wechat', someone());
    for (let day = 0; day < 29; day += 1) {
      world.clock.advance(days(1));
      expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    }
    world.clock.advance(days(2));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'expired',
    });
  });

  it('is Facebook’s after 60 days without use', async () => {
    const target = await world.signIn('facebook', someone());
    const result = await world.vault.freshToken(target, soon);
    const { expiresAt } = result as { expiresAt: Date };
    expect(expiresAt.getTime() - world.clock.now().getTime()).toBeGreaterThan(days(59));
    world.clock.advance(days(61));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'expired',
    });
  });

  it('is postponed by exchanging Facebook’s token in time', async () => {
    const target = await world.signIn('facebook', someone());
    const first = tokenOf(await world.vault.freshToken(target, soon));
    world.clock.advance(days(55));
    expect(tokenOf(await world.vault.freshToken(target, soon))).not.toBe(first);
    world.clock.advance(days(50));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a ciphertext', () => {
  it('moved to another row, flipped, truncated or under an unknown key does not open', async () => {
    const mine = await world.signIn('github', `${someone()}01`);
    const yours = await world.signIn('github', `${someone()}02`);
    const { pool } = world.database;
    const tamper = async (statement: string) => {
      await pool.query(statement, [mine.identityId]);
      const result = await world.vault.freshToken(mine, soon);
      expect(result).toEqual({ kind: 'unreadable' });
    };
    await tamper(`UPDATE vault_entry SET (ciphertext, wrapped_key) =
      (SELECT ciphertext, wrapped_key FROM vault_entry WHERE identity_id = '${yours.identityId}') WHERE identity_id = $1`);
    await tamper(
      'UPDATE vault_entry SET ciphertext = set_byte(ciphertext, 20, 255 - get_byte(ciphertext, 20)) WHERE identity_id = $1',
    );
    await tamper('UPDATE vault_entry SET ciphertext = substring(ciphertext for 10) WHERE identity_id = $1');
    await tamper(`UPDATE vault_entry SET key_id = 'gone' WHERE identity_id = $1`);
    expect((await world.vault.freshToken(yours, soon)).kind).toBe('token');
  });
});
