import { beforeAll, describe, expect, it } from 'vitest';
import { days, minutes, seconds } from '../../src/kit/clock.ts';
import { createOddWorld, type OddWorld } from './odd-provider.ts';

// Expiries change: a refresh states a new one, and until then the broker's reckoning is only an estimate.

let world: OddWorld;

beforeAll(async () => {
  world = await createOddWorld();
});

const soon = { minTtl: seconds(30), refreshedSince: undefined };
const renewed = (more: object) => ({
  body: { access_token: `access-${Math.random()}`, token_type: 'Bearer', expires_in: 60, ...more },
});
const refused = { status: 400, body: { error: 'invalid_grant' } };

async function somebody(refreshExpiresIn: number, options: Record<string, string> = { rotation: 'static' }) {
  const { alias } = await world.connect(options);
  const target = await world.enter(alias, { refreshExpiresIn, refreshToken: 'the-one' });
  world.clock.advance(minutes(2));
  return target;
}

async function healthOf({ identityId, connection }: Awaited<ReturnType<typeof somebody>>) {
  return (await world.vault.health([{ id: identityId, connection }])).get(identityId);
}

describe('the expiry of a refresh token', () => {
  it.each([
    ['of the same token', { refresh_token: 'the-one', refresh_token_expires_in: 300 }],
    ['without a token', { refresh_expires_in: 300 }],
    ['of another token', { refresh_token: 'another', refresh_token_expires_in: 300 }],
  ])('is that of the refresh answer, %s', async (_name, more) => {
    const target = await somebody(180);
    world.says(renewed(more));
    for (let time = 0; time < 4; time += 1) {
      expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
      expect((await healthOf(target))?.refreshExpiresAt).toEqual(
        new Date(world.clock.now().getTime() + seconds(300)),
      );
      world.clock.advance(minutes(4));
    }
  });

  it('may move to an earlier time', async () => {
    const target = await somebody(3600);
    world.says(renewed({ refresh_token_expires_in: 90 }));
    await world.vault.freshToken(target, soon);
    expect((await healthOf(target))?.refreshExpiresAt).toEqual(
      new Date(world.clock.now().getTime() + seconds(90)),
    );
  });

  it('stays if the refresh answer does not state it', async () => {
    const target = await somebody(3600);
    const before = (await healthOf(target))?.refreshExpiresAt;
    world.says(renewed({ refresh_token: 'the-one' }));
    await world.vault.freshToken(target, soon);
    expect((await healthOf(target))?.refreshExpiresAt).toEqual(before);
  });
});

describe('an expiry that has passed', () => {
  it('is void if the provider still refreshes, and is not checked again', async () => {
    const target = await somebody(60);
    world.says(renewed({}));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
    expect((await healthOf(target))?.refreshExpiresAt).toBeNull();
    world.clock.advance(minutes(2));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it.each([
    ['invalid_grant', refused],
    ['words of its own', { status: 400, body: { error: 'E-17', message: 'No.' } }],
  ])('is final if the provider refuses with %s: asked once, then stored', async (_name, answer) => {
    const target = await somebody(60);
    world.says(answer);
    for (let time = 0; time < 3; time += 1)
      expect(await world.vault.freshToken(target, soon)).toMatchObject({
        kind: 'reauthorization_required',
        reason: 'expired',
      });
    expect(world.asked()).toBe(1);
    expect(await healthOf(target)).toMatchObject({ state: 'reauthorization_required', reason: 'expired' });
  });

  it('is not reported while the provider has an outage', async () => {
    const target = await somebody(60);
    world.says({ status: 503, body: {} }, renewed({}));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('provider_unavailable');
    world.clock.advance(minutes(6));
    expect((await world.vault.freshToken(target, soon)).kind).toBe('token');
  });

  it('leaves the access token valid for its remaining time', async () => {
    const { alias } = await world.connect({ rotation: 'static' });
    const target = await world.enter(alias, { refreshExpiresIn: 1 });
    world.clock.advance(seconds(20));
    world.says(refused);
    expect(
      (await world.vault.freshToken(target, { minTtl: minutes(5), refreshedSince: undefined })).kind,
    ).toBe('token');
    expect(world.asked()).toBe(0);
    expect(
      await world.vault.freshToken(target, { minTtl: 0, refreshedSince: world.clock.now() }),
    ).toMatchObject({
      reason: 'expired',
    });
  });

  it('of a token that is exchanged while valid is checked too', async () => {
    const target = await world.signIn('facebook', 'lin');
    world.clock.advance(days(61));
    const before = await trades();
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'expired' });
    expect(await world.vault.freshToken(target, soon)).toMatchObject({ reason: 'expired' });
    expect(await trades()).toBe(before + 1);
  });
});

async function trades(): Promise<number> {
  const log = await world.control<{ path: string }[]>('GET', 'facebook/log');
  return log.filter(({ path }) => path.endsWith('/oauth/access_token')).length;
}
