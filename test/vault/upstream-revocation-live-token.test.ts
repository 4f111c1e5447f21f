import { beforeAll, describe, expect, it } from 'vitest';
import { days, hours, seconds } from '../../src/kit/clock.ts';
import { createVaultWorld, type VaultWorld } from '../support/vault-world.ts';
import { revocationWorld } from './revocation-world.ts';

// Providers that end a grant only with an access token that lives.

let world: VaultWorld;
let see: ReturnType<typeof revocationWorld>;

beforeAll(async () => {
  world = await createVaultWorld();
  see = revocationWorld(world);
});

/** Leaves `alias` after `later`, with the token that was issued at the beginning. */
async function leaveAfter(later: number, alias: string, user: string): Promise<string> {
  const { userId, identityIds } = await see.person(user, ['github', alias]);
  world.clock.advance(later);
  const [, identityId = ''] = identityIds;
  await world.removals.unlink({ userId, identityId });
  await world.upstreamRevocations.attemptNow({ identityId });
  return identityId;
}

describe('a grant that only a valid token can revoke', () => {
  it.each([
    ['kakao', hours(7)],
    ['twitch', hours(5)],
    ['baidu', days(31)],
    ['line', days(31)],
    ['vk', hours(2)],
    ['slack', hours(13)],
  ])('at %s is revoked although the stored token has expired', async (alias, later) => {
    const identityId = await leaveAfter(later, alias, 'visitor-1');
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
    expect(await see.grants(alias, 'visitor-1')).toBe(0);
  });

  it('is not reported as revoked if no token is left to revoke with', async () => {
    const identityId = await leaveAfter(days(31), 'weibo', 'visitor-2');
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('gave_up');
    expect(await see.grants('weibo', 'visitor-2')).toBe(1);
  });

  it('is not reported as revoked if the token expired before the provider was up again', async () => {
    await world.control('POST', 'weibo/faults', { on: 'revoke', fault: '503', times: 1 });
    const identityId = await leaveAfter(days(30), 'weibo', 'visitor-5');
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('retrying');
    await world.control('POST', 'weibo/faults', { on: 'revoke', fault: 'token_refused', times: 1 });
    world.clock.advance(days(1));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('gave_up');
    expect(await see.grants('weibo', 'visitor-5')).toBe(1);
  });

  it('waits for an unreachable provider if the token must be refreshed first', async () => {
    await world.control('POST', 'kakao/faults', { on: 'refresh', fault: '503', times: 1 });
    const identityId = await leaveAfter(hours(7), 'kakao', 'visitor-3');
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('retrying');
    world.clock.advance(hours(1));
    await world.upstreamRevocations.runDue();
    expect(await world.upstreamRevocations.outcome(identityId)).toBe('revoked');
    expect(await see.grants('kakao', 'visitor-3')).toBe(0);
  });
});

it('the values issued with the tokens are sent at every refresh', async () => {
  const target = await world.signIn('vk', 'visitor-4');
  const soon = { minTtl: seconds(60), refreshedSince: undefined };
  const first = await world.vault.freshToken(target, soon);
  for (let times = 0; times < 3; times += 1) {
    world.clock.advance(hours(2));
    const next = await world.vault.freshToken(target, soon);
    expect(next).toMatchObject({ kind: 'token', parameters: { device_id: expect.any(String) } });
    expect(next).not.toEqual(first);
  }
});
