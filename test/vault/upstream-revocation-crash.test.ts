import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { minutes, seconds } from '../../src/kit/clock.ts';
import { nextAttempt } from '../../src/vault/upstream-revocation/retry-schedule.ts';
import { createRevocationQueueStore } from '../../src/vault/upstream-revocation/revocation-queue-store.ts';
import { holdBack } from '../support/hold-back.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from './revocation-world.ts';

let world: VaultWorld;
let see: ReturnType<typeof revocationWorld>;
let people = 0;
let user: string;

beforeAll(async () => {
  world = await createVaultWorld();
  see = revocationWorld(world);
});

beforeEach(async () => {
  user = `visitor-${++people}`;
  for (const alias of ['google', 'github']) await world.control('DELETE', `${alias}/faults`);
});

async function person() {
  const { userId, identityIds } = await see.person(user, ['google', 'github']);
  const [, identityId = ''] = identityIds;
  return { userId, identityId };
}

describe('a process that dies', () => {
  it('before the removal is committed has revoked nothing and removed nothing', async () => {
    const { userId, identityId } = await person();
    const { id: connectionId } = await world.connection('github');
    const died = world.database.prisma.$transaction(async (transaction) => {
      const me = { identityId, userId, connectionId, subject: 'x', issuer: 'x', connection: undefined };
      expect(await world.upstreamRevocations.enqueue(transaction, [me])).toBe(1);
      throw new Error('killed');
    });
    await expect(died).rejects.toThrow('killed');
    expect(await see.entries([identityId])).toBe(1);
    expect(await see.rows(identityId)).toEqual([]);
    const target = { identityId, userId, subject: '', connection: await world.connection('github') };
    const soon = { minTtl: seconds(60), refreshedSince: undefined };
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'token' });
  });

  it('after it, before the provider is called, leaves the revocation to another', async () => {
    const { userId, identityId } = await person();
    await world.removals.unlink({ userId, identityId });
    const another = world.newUpstreamRevocations();
    await another.runDue();
    expect(await another.outcome(identityId)).toBe('revoked');
    expect(await see.grants('github', user)).toBe(0);
  });

  it('after claiming it leaves it to another when the lease has expired', async () => {
    const { userId, identityId } = await person();
    await world.removals.unlink({ userId, identityId });
    const claimed = await createRevocationQueueStore(world.database).claim(world.clock.now(), 10);
    expect(claimed.map((revocation) => revocation.identityId)).toEqual([identityId]);
    expect(await world.upstreamRevocations.runDue()).toBe(0);
    await leaseRunsOut();
    expect(await world.upstreamRevocations.runDue()).toBe(1);
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
  });

  it('after the provider has ended the grant finds it ended', async () => {
    const { userId, identityId } = await person();
    await world.removals.unlink({ userId, identityId });
    const store = createRevocationQueueStore(world.database);
    const [claimed] = await store.claim(world.clock.now(), 10);
    await world.control('POST', `github/users/${user}/revoke`);
    await leaseRunsOut();
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
    // A process that was only asleep does not overwrite the result of the other.
    if (!claimed) throw new Error('nothing was claimed');
    expect(await store.postpone(claimed, { error: 'late', nextAt: world.clock.now() })).toBe(false);
    expect(await store.finish(claimed, { state: 'gave_up', error: 'late', now: world.clock.now() })).toBe(
      false,
    );
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
  });

  async function leaseRunsOut(): Promise<void> {
    await world.database.pool.query("UPDATE departure SET lease_until = now() - interval '1 second'");
  }
});

it('cannot make two processes call the provider twice', async () => {
  const holders = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const { userId, identityIds } = await see.person(`visitor-${++people}`, ['github', 'google']);
      return { userId, identityId: identityIds[1] ?? '' };
    }),
  );
  for (const { userId, identityId } of holders) await world.removals.unlink({ userId, identityId });
  const before = await see.calls('google');
  const processes = [
    world.upstreamRevocations,
    world.newUpstreamRevocations(),
    world.newUpstreamRevocations(),
  ];
  const counts = await Promise.all(processes.map((one) => one.runDue()));
  expect(counts.reduce((sum, count) => sum + count)).toBe(12);
  expect((await see.calls('google')) - before).toBe(12);
});

describe('a refresh in flight while its identity is unlinked', () => {
  it.each(['unlinked', 'revoked'])(
    'restores nothing when it is %s, and its result is revoked',
    async (how) => {
      const { userId, identityIds } = await see.person(user, ['github', 'google']);
      const [, identityId = ''] = identityIds;
      const connection = await world.connection('google');
      const { subject } = (await world.identities.byIds([identityId]))[0] ?? { subject: '' };
      world.clock.advance(minutes(2));
      const goOn = await holdBack(world.control, 'google', { on: 'refresh' });
      await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1 });
      const refreshing = world.vault.refreshNow({ identityId, userId, subject, connection });
      await intentOf(identityId);
      if (how === 'unlinked') {
        await world.removals.unlink({ userId, identityId });
        await world.upstreamRevocations.attemptNow({ identityId });
      } else await world.upstreamRevocations.revoke({ identityId, userId, connection, subject });

      await goOn();
      expect((await refreshing).kind).toBe(how === 'unlinked' ? 'missing' : 'reauthorization_required');
      const { rows } = await world.database.pool.query(
        "SELECT identity_id FROM vault_entry WHERE identity_id = $1 AND ciphertext <> ''",
        [identityId],
      );
      expect(rows).toEqual([]);
      expect(await see.rows(identityId)).toHaveLength(2);
      world.clock.advance(minutes(5));
      await world.upstreamRevocations.runDue();
      expect((await see.rows(identityId)).map(({ state }) => state)).toEqual(['revoked', 'revoked']);
      expect(await see.grants('google', user)).toBe(0);
      await see.expectNothingKept(userId);
    },
  );

  async function intentOf(identityId: string): Promise<void> {
    await expect
      .poll(() => world.database.prisma.refreshIntent.count({ where: { identityId } }), { interval: 10 })
      .toBe(1);
    // The journal is written just before the provider is asked.
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});

it('in a sign-in that its unlinking overtakes is unlinked too', async () => {
  const { userId, identityIds } = await see.person(user, ['github', 'google']);
  const [, identityId = ''] = identityIds;
  const arrival = await world.arrive('google', user, { forceConsent: true });
  await world.identities.findOrCreate(arrival);
  await world.removals.unlink({ userId, identityId });
  await world.upstreamRevocations.attemptNow({ identityId });
  const { connection, tokens } = arrival;
  const { subject } = arrival.account;
  await expect(
    world.vault.storeTokens({ identityId, userId, subject, connection, tokens }),
  ).rejects.toMatchObject({
    code: 'unavailable',
  });
  await world.upstreamRevocations.runDue();
  expect((await see.rows(identityId)).map(({ state }) => state)).toEqual(['revoked', 'revoked']);
  expect(await see.grants('google', user)).toBe(0);
});

describe('the next attempt', () => {
  const createdAt = new Date('2026-01-01T00:00:00Z');
  const middle = () => 0.5;
  const at = (attempts: number, now: Date, retryAfter?: number) =>
    nextAttempt(
      { attempts, createdAt },
      { now, random: middle, ...(retryAfter !== undefined && { retryAfter }) },
    );

  it('comes later each time, and no sooner than the provider asks', () => {
    const pauses = [1, 2, 3, 4, 20].map((attempts) => at(attempts, createdAt)?.getTime() ?? 0);
    expect(pauses.map((time) => (time - createdAt.getTime()) / 1000)).toEqual([10, 30, 90, 270, 21_600]);
    expect(at(1, createdAt, 300)).toEqual(new Date('2026-01-01T00:05:00Z'));
  });

  it('is the last one after three days', () => {
    expect(at(20, new Date('2026-01-03T23:00:00Z'))).toEqual(new Date('2026-01-04T00:00:00Z'));
    expect(at(20, new Date('2026-01-04T00:00:00Z'))).toBeUndefined();
  });
});
