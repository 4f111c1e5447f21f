import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import { holdBack } from '../support/hold-back.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from './revocation-world.ts';

let world: VaultWorld;
let see: ReturnType<typeof revocationWorld>;
let people = 0;
let user: string;

const aliases = ['wechat', 'google', 'facebook', 'github'];

beforeAll(async () => {
  world = await createVaultWorld();
  see = revocationWorld(world);
});

beforeEach(async () => {
  user = `visitor-${++people}`;
  for (const alias of aliases) await world.control('DELETE', `${alias}/faults`);
});

describe('an unlinked identity', () => {
  it.each(['google', 'github', 'facebook'])('of %s has its grant revoked at the provider', async (alias) => {
    const { userId, identityIds } = await see.person(user, ['wechat', alias]);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    expect(await see.entries([identityId])).toBe(0);
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('retrying');
    await world.upstreamRevocations.attemptNow({ identityId });
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
    expect(await see.grants(alias, user)).toBe(0);
    expect(await see.outcomes(identityId)).toEqual(['revoked']);
    await see.expectNothingKept(userId);
  });

  it('of a provider without revocation is reported as unsupported', async () => {
    const { userId, identityIds } = await see.person(user, ['google', 'wechat']);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    await world.upstreamRevocations.attemptNow({ identityId });
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('unsupported');
    expect(await see.grants('wechat', user)).toBe(1);
    await see.expectNothingKept(userId);
  });

  it.each(['503', '429', 'timeout', 'reset', 'invalid_client'])(
    'is gone at once though the provider answers %s, and the grant ends later',
    async (fault) => {
      await world.control('POST', 'google/faults', { on: 'revoke', fault, times: 3 });
      const { userId, identityIds } = await see.person(user, ['github', 'google']);
      const [, identityId = ''] = identityIds;
      await world.removals.unlink({ userId, identityId });
      await world.upstreamRevocations.attemptNow({ identityId });
      expect(await see.entries([identityId])).toBe(0);
      expect(await world.upstreamRevocations.outcome(identityId)).toBe('retrying');
      expect(await see.grants('google', user)).toBe(1);
      for (let tries = 0; tries < 3; tries += 1) {
        world.clock.advance(minutes(10));
        await world.upstreamRevocations.runDue();
      }
      expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
      expect(await see.grants('google', user)).toBe(0);
      // Told when it changes, and not each time.
      expect(await see.outcomes(identityId)).toEqual(['retrying', 'revoked']);
      await see.expectNothingKept(userId);
    },
  );

  it('does not wait for a provider that does not answer', async () => {
    const goOn = await holdBack(world.control, 'google', { on: 'revoke' });
    const { userId, identityIds } = await see.person(user, ['github', 'google']);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    const impatient = world.newUpstreamRevocations(100);
    await impatient.attemptNow({ identityId });
    expect(await impatient.outcome(identityId)).toBe('retrying');
    await goOn();
    await impatient.idle();
    expect(await impatient.outcome(identityId)).toBe('revoked');
  });

  it('is given up after three days if the provider never succeeds, and nothing is kept', async () => {
    await world.control('POST', 'github/faults', { on: 'revoke', fault: '500', times: 1000 });
    const { userId, identityIds } = await see.person(user, ['google', 'github']);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    const before = await see.calls('github');
    for (let waited = 0; waited <= days(3.5); waited += minutes(30)) {
      await world.upstreamRevocations.runDue();
      world.clock.advance(minutes(30));
    }
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('gave_up');
    expect(await see.rows(identityId)).toMatchObject([
      { state: 'gave_up', lastError: 'unavailable:server_error' },
    ]);
    const tries = (await see.calls('github')) - before;
    expect(tries).toBeGreaterThan(10);
    expect(tries).toBeLessThan(30);
    expect(await see.outcomes(identityId)).toEqual(['retrying', 'gave_up']);
    await see.expectNothingKept(userId);
  });

  it('that is the last one for sign-in stays, and nothing is revoked', async () => {
    const { userId, identityIds } = await see.person(user, ['google']);
    const [identityId = ''] = identityIds;
    const before = await see.calls('google');
    await expect(world.removals.unlink({ userId, identityId })).rejects.toMatchObject({
      code: 'last_identity',
    });
    await world.upstreamRevocations.runDue();
    expect(await see.calls('google')).toBe(before);
    expect(await see.rows(identityId)).toEqual([]);
    expect(await see.entries([identityId])).toBe(1);
  });

  it('without stored tokens is reported as such', async () => {
    const { userId, identityIds } = await see.person(user, ['google', 'github']);
    const [, identityId = ''] = identityIds;
    await world.database.prisma.vaultEntry.delete({ where: { identityId } });
    await world.removals.unlink({ userId, identityId });
    await world.upstreamRevocations.attemptNow({ identityId });
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('nothing held');
  });
});

describe('a person who comes back', () => {
  it('keeps the new grant despite a queued revocation', async () => {
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1 });
    const { userId, identityIds } = await see.person(user, ['github', 'google']);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    await world.upstreamRevocations.attemptNow({ identityId });
    const back = await world.signIn('google', user, { forceConsent: true });
    const before = await see.calls('google');
    world.clock.advance(hours(1));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('superseded');
    expect(await see.calls('google')).toBe(before);
    expect(await see.grants('google', user)).toBe(1);
    expect(await world.vault.refreshNow(back)).toEqual({ kind: 'refreshed' });
    await see.expectNothingKept(userId);
  });

  it('keeps it although an operator asks again meanwhile: a marked grant lives', async () => {
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1 });
    const { userId, identityIds } = await see.person(user, ['github', 'google']);
    const [, identityId = ''] = identityIds;
    await world.removals.unlink({ userId, identityId });
    await world.upstreamRevocations.attemptNow({ identityId });
    const back = await world.signIn('google', user, { forceConsent: true });
    expect(await world.vault.askAgain(back)).toBe('asked');
    world.clock.advance(hours(1));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('superseded');
    expect(await see.grants('google', user)).toBe(1);
  });

  it('keeps it too if only the grant was revoked', async () => {
    await world.control('POST', 'google/faults', { on: 'revoke', fault: '503', times: 1 });
    const target = await world.signIn('google', user);
    const { subject } = (await world.identities.ofUser(target.userId))[0] ?? { subject: '' };
    expect(await world.upstreamRevocations.revoke({ ...target, subject })).toBe('retrying');
    const soon = { minTtl: seconds(60), refreshedSince: undefined };
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'reauthorization_required' });
    await world.signIn('google', user, { forceConsent: true });
    world.clock.advance(minutes(30));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(target.identityId)).toBe('superseded');
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'token' });
  });
});
