import { beforeAll, describe, expect, it, vi } from 'vitest';
import { days, hours, minutes, seconds } from '../../src/kit/clock.ts';
import { createVault } from '../../src/vault/vault.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// The meaning of a refusal is in the provider's error code. If that is ambiguous, it depends on how long the
// provider goes on refusing.

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const good = (more: object = {}) => ({
  body: { access_token: 'access-new', token_type: 'Bearer', expires_in: 60, ...more },
});
const refusal = (error: string, error_description: string, status = 400) => ({
  status,
  body: { error, error_description },
});

async function somebody(options?: Record<string, string>, provider?: string) {
  const { alias } = await world.connect(options, provider);
  const target = await world.enter(alias);
  world.clock.advance(minutes(2));
  return target;
}

describe('a provider that refuses with an unknown error', () => {
  const odd = refusal('E-4711', 'We cannot do that for you.');

  it('is believed after days, and its error is stored for admins', async () => {
    const target = await somebody();
    world.says(odd);
    for (let day = 0; day < 3; day += 1) {
      for (const _ of [1, 2]) {
        expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_error' });
        world.clock.advance(hours(12));
      }
    }
    expect(await world.vault.freshToken(target, soon)).toMatchObject({
      kind: 'reauthorization_required',
      reason: 'rejected',
    });
    const health = await world.vault.health([{ id: target.identityId, connection: target.connection }]);
    expect(health.get(target.identityId)).toMatchObject({
      state: 'reauthorization_required',
      lastWords: 'E-4711 · We cannot do that for you.',
    });
    expect(world.asked()).toBe(7);
  });

  it('is not believed after two refusals that are days apart', async () => {
    const target = await somebody();
    world.says(odd, odd, good());
    await world.vault.freshToken(target, soon);
    world.clock.advance(days(5));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_error');
    world.clock.advance(hours(1));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('is counted from zero after every successful refresh', async () => {
    const target = await somebody();
    world.says(odd, odd, odd, odd, good(), odd);
    for (let time = 0; time < 4; time += 1) {
      await world.vault.freshToken(target, soon);
      world.clock.advance(days(1));
    }
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(minutes(2));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_error');
  });

  it.each([
    ['503', refusal('invalid_grant', 'Refresh token expired', 503)],
    ['429', refusal('invalid_grant', 'Refresh token expired', 429)],
    ['invalid_client', refusal('invalid_client', 'wrong secret', 401)],
    ['404', refusal('not_found', 'no such page', 404)],
  ])('ends no grant by %s, however long', async (_name, answer) => {
    const target = await somebody();
    world.says(answer, answer, answer, answer, answer, answer, answer, answer, good());
    for (let day = 0; day < 8; day += 1) {
      expect((await world.vault.freshToken(target, soon)).kind).not.toBe('reauthorization_required');
      world.clock.advance(days(1));
    }
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('has not rotated meanwhile: a later end is a refusal and no lost rotation', async () => {
    const target = await somebody({ rotation: 'single-use' });
    world.says(odd, refusal('invalid_grant', 'no'));
    await world.vault.freshToken(target, soon);
    world.clock.advance(minutes(6));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
  });
});

describe('a provider that reports valid tokens as ended', () => {
  it('is asked once more after a pause, and the grant is found valid', async () => {
    const target = await somebody({}, 'salesforce');
    world.says(refusal('invalid_grant', 'expired access/refresh token'), good());
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('is believed if it repeats the answer', async () => {
    const target = await somebody({}, 'salesforce');
    world.says(refusal('invalid_grant', 'expired access/refresh token'));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
    expect(world.asked()).toBe(2);
  });

  it('is not believed for an error about a code that was not sent, unless it goes on', async () => {
    const target = await somebody({}, 'salesforce');
    const ofCode = refusal('invalid_grant', 'expired authorization code');
    world.says(ofCode, ofCode, ofCode, good());
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_unavailable' });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_unavailable' });
    expect(world.asked()).toBe(2);
    world.clock.advance(seconds(6));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    world.clock.advance(minutes(2) + hours(3));
    world.says(ofCode);
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_unavailable' });
    world.clock.advance(seconds(6));
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
  });

  it('is rate limiting as often as it says so', async () => {
    const target = await somebody({ rotation: 'reuse-kills-family' });
    const busy = refusal('invalid_grant', 'token request is already being processed');
    world.says(busy, busy, good());
    for (const _ of [1, 2]) {
      expect(await world.vault.freshToken(target, soon)).toMatchObject({ kind: 'provider_unavailable' });
      world.clock.advance(minutes(6));
    }
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });
});

describe('a bare 401', () => {
  it('ends a grant, until the client secret is corrected', async () => {
    const target = await somebody();
    world.says({ status: 401, body: { message: 'Unauthorized' } }, good());
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'rejected' });
    await world.connections.change(target.connection.alias, { client_secret: 'the right one' });
    const connection = await world.connection(target.connection.alias);
    expect((await world.vault.freshToken({ ...target, connection }, soon)).kind).toBe('token');
  });
});

it.each([
  ['at once', 0, false],
  ['after seconds', seconds(6), true],
])('a failure that comes %s and cannot be saved leaves the token (%i ms)', async (_when, took, waited) => {
  const { alias } = await world.connect({});
  const target = await world.enter(alias);
  world.clock.advance(seconds(20));
  world.says({ status: 503, body: {} });
  const now = performance.now.bind(performance);
  const time = vi.spyOn(performance, 'now');
  const refreshing = world.newRefreshing();
  const store: typeof refreshing.store = {
    ...refreshing.store,
    async markFailed() {
      time.mockImplementation(() => now() + took);
      throw new Error('Connection terminated unexpectedly');
    },
  };
  const needs = { minTtl: seconds(50), refreshedSince: undefined };
  try {
    expect(await createVault({ ...refreshing, store }).freshToken(target, needs)).toMatchObject({
      kind: 'token',
      waited,
    });
  } finally {
    time.mockRestore();
  }
});
