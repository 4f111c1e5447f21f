import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hours, minutes, seconds } from '../../src/kit/clock.ts';
import { holdBack } from '../support/hold-back.ts';
import { withReadOnlyDatabase } from '../support/read-only-database.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';

// The answer of a rotating provider is never lost, whatever happens after it.

let world: VaultWorld;
let person = 0;

beforeAll(async () => {
  world = await createVaultWorld();
});

beforeEach(async () => {
  person += 1;
  await world.control('DELETE', 'strict/faults');
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const fault = (what: object) => world.control('POST', 'strict/faults', { on: 'refresh', times: 1, ...what });
const refreshes = async () =>
  (await world.control<{ counters: { refresh: number } }>('GET', 'strict')).counters.refresh;

async function expired() {
  const target = await world.signIn('strict', `visitor-${person}`);
  world.clock.advance(hours(1));
  return target;
}

describe('a rotation with an unusable answer', () => {
  it.each([
    ['429', 'provider_unavailable'],
    ['503', 'provider_unavailable'],
    ['invalid_client', 'provider_error'],
  ])('is reported as lost, also if the provider says %s before it refuses', async (between, told) => {
    const target = await expired();
    await fault({ fault: 'html', after: true });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_error');
    world.clock.advance(minutes(6));
    await fault({ fault: between });
    expect((await world.vault.freshToken(target, soon)).kind).toBe(told);
    world.clock.advance(minutes(6));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'rotation_lost',
    });
  });

  it('ends with the grant: a refusal after a new sign-in is a plain refusal', async () => {
    const target = await expired();
    await fault({ fault: 'html', after: true });
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_error');
    await expired();
    await fault({ fault: 'invalid_grant' });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
  });
});

describe('a refusal that the database does not accept', () => {
  it('is kept until it does, and the provider is not asked a second time', async () => {
    const target = await expired();
    await fault({ fault: 'html', after: true });
    await world.vault.freshToken(target, soon);
    world.clock.advance(minutes(6));
    const before = await refreshes();
    const goOn = await holdBack(world.control, 'strict', { on: 'refresh' });
    const refreshing = world.vault.freshToken(target, soon);
    await until(async () => (await refreshes()) === before + 1);
    await withReadOnlyDatabase(world.database, async () => {
      await goOn();
      await until(async () => world.logged().includes('a refusal could not be noted yet'));
    });
    expect(await refreshing).toMatchObject({ reason: 'rotation_lost' });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rotation_lost' });
    expect(await refreshes()).toBe(before + 1);
  });
});

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await done()) return;
    await pause(5);
  }
  throw new Error('it did not come to pass');
}
