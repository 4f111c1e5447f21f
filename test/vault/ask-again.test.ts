import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { hours, seconds } from '../../src/kit/clock.ts';
import { holdBack } from '../support/hold-back.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// An operator has an account marked, so that its person is asked again. The grant and the stored tokens stay.

let world: VaultWorld;

beforeAll(async () => {
  world = await createVaultWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const asked = { kind: 'reauthorization_required', reason: 'requested_by_operator' };
const counters = async (room: string) =>
  (await world.control<{ counters: Record<string, number> }>('GET', room)).counters;

describe('an account whose person is asked again', () => {
  it('gives out no token before a sign-in, whose set is joined by the refresh token that Google sends once', async () => {
    const target = await world.signIn('google', 'visitor-1');
    const revoked = (await counters('google')).revoke;
    expect(await world.vault.askAgain(target)).toBe('asked');
    expect(await world.vault.askAgain(target)).toBe('ended_already');
    expect(await world.vault.freshToken(target, soon)).toMatchObject(asked);
    expect(await world.vault.check(target)).toBe('asked');
    expect((await counters('google')).revoke).toBe(revoked);

    await world.signIn('google', 'visitor-1');
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(hours(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('stays marked after a refresh that was under way, and the rotated token is kept', async () => {
    const target = await world.signIn('strict', 'visitor-2');
    world.clock.advance(hours(1));
    const calls = (await counters('strict')).refresh;
    const goOn = await holdBack(world.control, 'strict', { on: 'refresh', after: true });
    const refreshing = world.vault.freshToken(target, soon);
    for (let tries = 0; tries < 1000 && (await counters('strict')).refresh === calls; tries += 1)
      await pause(5);
    expect(await world.newVault().askAgain(target)).toBe('asked');
    const { version = 0 } = (await world.newRefreshing().store.find(target.identityId)) ?? {};
    await goOn();
    expect(await refreshing).toMatchObject(asked);
    const entry = await world.newRefreshing().store.find(target.identityId);
    expect(entry).toMatchObject({ state: 'reauthorization_required', version: version + 1 });
    expect(entry?.stateReason).toBe(asked.reason);
  });
});
